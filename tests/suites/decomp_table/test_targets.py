"""The session on a decomposition table: what it sees, that it leaves torch as it was, and the faults that it finds."""

import copy
import functools
from itertools import product

import pytest
import torch
from torch.export import decomp_utils

from viewproof.cases import format_case, parse_case
from viewproof.contract.installed import all_rules, find_target
from viewproof.evidence.expectation import expect
from viewproof.evidence.subject import subject_of
from viewproof_reference.replacements.table_contents import composite_decomposition, is_composite
from viewproof_reference.tables import DecompositionTable
from viewproof_reference.tables.operations import all_operations
from viewproof_suites.decomp_table.cases import HistoryCase
from viewproof_suites.decomp_table.collectors import collected
from viewproof_suites.decomp_table.histories import CUSTOM_ONLY, operators
from viewproof_suites.decomp_table.operators import NAMESPACE, role_operators
from viewproof_suites.decomp_table.targets import TableSession, open_table

RULES = [rule for name, rule in all_rules().items() if name.startswith("table.")]
#: Histories that reach what the collectors decide: what is made, read, loaded, brought back.
SOME = (
    "history()",
    "history(len(t))",
    "history(load; t.materialize())",
    "history(del t[early]; len(t); t.materialize())",
    "history(len(t); load)",
    "history(t.pop(absent))",
    "history(t = copy(t); del t[aten])",
    "history(t = deepcopy(t); t.items())",
)


def subject_for(case):
    return subject_of(case, expect(case))


def broken(session, case):
    """The rules that the history breaks on the session's table."""
    return breaks(session, subject_for(case))


def breaks(session, subject):
    seen = session.observe(subject, frozenset({"answers"}))
    assert seen.error is None, seen.error
    return [rule.name for rule in RULES if rule.applies(subject.traits, "torch-table") and rule.check(subject, seen)]


@functools.cache
def short_ones():
    """The subjects of some histories by name, the shortest first: every one of up to two operations of four roles."""
    few = [one for one in all_operations() if one.role in (None, "aten", "early", "late")]
    cases = [HistoryCase(operations) for length in (0, 1, 2) for operations in product(few, repeat=length)]
    cases += [HistoryCase(operations) for operations in product(CUSTOM_ONLY, repeat=3)]
    named = {format_case(case): case for case in cases}
    return {name: subject_for(named[name]) for name in sorted(named, key=lambda name: (len(name), name))}


def shortest(session):
    """Rule -> the shortest history that breaks it, by name."""
    found = {}
    for name, subject in short_ones().items():
        for rule in breaks(session, subject):
            found.setdefault(rule, name)
    return found


class Narrow:
    """The roles' operators as the source of a right table."""

    def __init__(self, roles, core, decomposition):
        self.roles = roles
        self.core = core
        self.decomposition = decomposition

    def aten(self):
        aten, composite = self.roles["aten"], self.roles["composite"]
        return {aten: self.core[aten], composite: self.decomposition(composite)}

    def custom(self):
        return {one: self.decomposition(one) for one in map(self.roles.get, ("early", "late")) if is_composite(one)}

    def is_custom(self, key):
        return key.namespace != "aten"


@pytest.fixture
def right():
    """Sessions on the reference's own table, or on one with a fault, over torch's operators."""
    with role_operators() as roles:
        decomposition = functools.cache(composite_decomposition)

        core = collected().core
        own = {one: core.get(one) or decomposition(one) for one in roles.by_role.values()}

        def make(kind=DecompositionTable):
            return TableSession(roles, lambda: kind(Narrow(roles.by_role, core, decomposition)), own)

        yield make


def test_a_right_table_breaks_no_law(right):
    """The control: the same histories, on the reference's table over real operators."""
    assert shortest(right()) == {}


class Forgets(DecompositionTable):
    """A table that forgets a deletion when it is materialized."""

    def materialize(self):
        found = super().materialize()
        self._deleted.clear()
        return found


class Bypasses(DecompositionTable):
    """A table one of whose reads takes in nothing."""

    def get(self, key, default=None):
        return self._entries.get(key, default)


class Aliases(DecompositionTable):
    """A table whose copy has the same entries as itself."""

    def copy(self):
        other = super().copy()
        other._entries = self._entries
        return other

    __copy__ = copy


class Shares(DecompositionTable):
    """A table that gives its own dict away."""

    def materialize(self):
        return self._read()


class Late(DecompositionTable):
    """A table that takes in what is loaded only once."""

    once = False

    def _read(self):
        return self._entries if self.once else self._first()

    def _first(self):
        found = super()._read()
        self.once = True
        return found


class Equal(DecompositionTable):
    """A table whose `!=` is not the contrary of its `==`."""

    def __ne__(self, other):
        return self == other

    __hash__ = None


class Whole(DecompositionTable):
    """A table that does not begin with composite operators."""

    def __init__(self, operators, *, deleted=()):
        super().__init__(operators, deleted=deleted)
        if not deleted:
            self._entries = dict(list(self._entries.items())[:1])


FAULTS = [
    (Forgets, "table.materialization", "history(t.clear(); t.materialize())"),
    (Bypasses, "table.lookup", "history(t.get(early))"),
    (Aliases, "table.independence", "history(t = copy(t); t.clear())"),
    (Shares, "table.materialization", "history(t.materialize())"),
    (Late, "table.loading", "history({**t}; load)"),
    (Equal, "table.equality", "history(t != same)"),
    (Whole, "table.creation", "history()"),
]


@pytest.mark.parametrize(("kind", "rule", "history"), FAULTS, ids=lambda one: getattr(one, "__name__", None))
def test_a_seeded_fault_is_found_with_its_shortest_history(right, kind, rule, history):
    session = right(kind)
    assert shortest(session)[rule] == history
    assert broken(session, parse_case(history)) == [rule]


@pytest.mark.parametrize("text", SOME)
def test_torchs_own_collectors_show_the_same(text):
    """What is kept of the collectors' answers changes no observation, but for the order of a set."""
    subject = subject_for(parse_case(text))
    seen = []
    for kept in (True, False):
        with open_table("cpu", subject.case.operator, narrowed=False, kept=kept) as session:
            seen.append(session.observe(subject, frozenset({"answers"})).answers)
    kept, own = seen
    assert kept == own


def test_the_narrowed_table_shows_the_same_of_the_roles():
    cases = [HistoryCase(pair) for pair in product(CUSTOM_ONLY[2:6], all_operations()[::3])]
    found = []
    for narrowed in (True, False):
        with open_table("cpu", "", narrowed=narrowed) as session:
            found.append({format_case(case): broken(session, case) for case in cases})
    assert found[0] == found[1]
    assert any(found[0].values())


def test_torch_is_left_as_it_was():
    functions = {name: one for name, one in vars(decomp_utils).items() if callable(one)}
    core = torch._decomp._core_aten_decompositions_post_autograd
    spaces, found = list(torch.ops._dir), set(vars(torch.ops))
    with open_table("cpu", "history.load", narrowed=True) as session:
        assert NAMESPACE in torch.ops._dir
        broken(session, parse_case("history(load; t.materialize())"))
    assert {name: one for name, one in vars(decomp_utils).items() if callable(one)} == functions
    assert torch._decomp._core_aten_decompositions_post_autograd is core
    assert list(torch.ops._dir) == spaces
    assert set(vars(torch.ops)) == found
    assert not [name for name in torch._C._dispatch_get_all_op_names() if name.startswith(NAMESPACE)]


def test_late_is_absent_until_it_is_loaded_and_again_after_a_case():
    with role_operators() as roles:
        late = roles.by_role["late"]
        assert not is_composite(late)
        roles.load()
        roles.load()
        assert is_composite(late)
        assert roles.loaded
        roles.unload()
        roles.unload()
        assert not is_composite(late)
        assert is_composite(roles.by_role["early"])
        assert not is_composite(roles.by_role["absent"])


def test_a_case_does_not_depend_on_those_before_it():
    texts = [*SOME, "history(load; late in t)", "history(late in t)", "history(t |= {late: mine}; late in t)"]
    subjects = [subject_for(parse_case(text)) for text in texts]
    with open_table("cpu", "", narrowed=True) as session:
        there = [session.observe(one, frozenset()).answers for one in subjects]
    with open_table("cpu", "", narrowed=True) as session:
        back = [session.observe(one, frozenset()).answers for one in reversed(subjects)]
    assert there == back[::-1]


def test_what_reading_raises_is_the_observation(right):
    class Unreadable(DecompositionTable):
        def items(self):
            raise RuntimeError("no entries")

    seen = right(Unreadable).observe(subject_for(parse_case("history(len(t))")), frozenset())
    assert seen.error == (("RuntimeError", "Exception"), "no entries")


@pytest.mark.parametrize("part", ["core", "composite", "custom"])
def test_the_entries_are_torchs_own(part):
    subject = subject_for(parse_case(f"entries({part})"))
    with find_target("torch-table").open("cpu", subject.case.operator) as session:
        seen = session.observe(subject, frozenset())
        session.flush()
    assert all_rules()["table.contents"].check(subject, seen) is None


def test_which_target_takes_what():
    whole, narrowed = find_target("torch-table"), find_target("torch-table-narrowed")
    for text, long in (("history(load; load; load)", False), ("history(load; load; load; load)", True)):
        traits = subject_for(parse_case(text)).traits
        assert (whole.takes(traits), narrowed.takes(traits)) == (not long, long)
    assert "entries" in whole.kinds - narrowed.kinds
    assert "history.made" in operators()


def test_a_deep_copy_of_a_decomposition_is_the_operators_own():
    with open_table("cpu", "", narrowed=True) as session:
        early = session.operators.by_role["early"]
        other = copy.deepcopy(session.own[early])
        assert other is not session.own[early]
        assert session._word(early, other) == "own"
        assert session._word(early, print) == "another"
