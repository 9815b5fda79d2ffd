"""The crossref targets: torch's verdicts are read whole, wrong kernels are found, and nothing is left behind."""

import contextlib
import warnings

import pytest
import torch
import torch._dispatch.python as python_dispatch
from unreadable import SizesItself

from viewproof.cases import parse_case
from viewproof.contract.installed import all_rules, find_target
from viewproof.engine.planner import planner_of
from viewproof.evidence.expectation import expect
from viewproof.evidence.subject import subject_of
from viewproof.running.thread_state import changed_state, thread_state
from viewproof_suites.crossref.evidence import Statement
from viewproof_suites.crossref.targets.session import handlers_left, wrapped_arguments
from viewproof_suites.crossref.targets.torch_mode import read_message

TORCHS = ("crossref-views", "crossref-copies")
OURS = ("viewproof-crossref-views", "viewproof-crossref-copies")
KEY = torch._C.DispatchKey.Functionalize
MATRIX = "aten.t.default(float32[3,4])"


RULES = tuple(name for name in all_rules() if name.startswith("crossref."))


def observe(target, *texts):
    """For each case, what is expected, what the target shows, and the rules that it owes."""
    cases = [parse_case(text) for text in texts]
    subjects = [subject_of(case, expect(case)) for case in cases]
    rules = [planner_of(RULES).rules_for(subject.traits, find_target(target)) for subject in subjects]
    asked = [(subject, one.names) for subject, one in zip(subjects, rules, strict=True)]
    with warnings.catch_warnings(action="ignore"), find_target(target).open("cpu", cases[0].operator) as session:
        seen = session.observe(asked)
    expected = [one.expected(subject, "cpu") for subject, one in zip(subjects, rules, strict=True)]
    return list(zip(expected, seen, rules, strict=True))


def failing(target, *texts):
    """The crossref rules that fail, by the case."""
    return [
        {
            rule.name
            for rule in rules.rules
            if rule.check(expected[rules.places[rule.probe]], seen[rules.places[rule.probe]]) is not None
        }
        for expected, seen, rules in observe(target, *texts)
    ]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (AssertionError("f(1, 2) output 1: sizes torch.Size([3, 4]) != torch.Size([3])"),
         Statement("size", "f(1, 2)", 1, "(3, 4)", "(3,)")),
        (AssertionError("f() output 0: dtype torch.int8 != torch.int16"),
         Statement("dtype", "f()", 0, "torch.int8", "torch.int16")),
        (AssertionError("f(a=[1]) output 0: strides (1, 3) != (4, 1) (mismatch at index 0)"),
         Statement("stride", "f(a=[1])", 0, "(1, 3)", "(4, 1)", 0)),
        (AssertionError("2 != 3"), Statement("structure", "", None, "2", "3")),
        (AssertionError("another one"), Statement("AssertionError")),
        (ValueError("2 != 3"), Statement("ValueError")),
    ],
)  # fmt: skip
def test_a_message_of_torchs_is_read(error, said):
    assert read_message(error) == said


def test_torchs_mode_says_what_the_reference_says_it_should():
    """A copy's strides beside its view's: a false alarm, and one that both raise with the same facts."""
    ((_, seen, _),) = observe("crossref-copies", MATRIX)
    ((due, said),) = [pair for pair in seen[0].told if pair.said.fact]
    assert due == said
    assert (said.fact, said.fake, said.functional, said.dimension) == ("stride", "(1, 4)", "(3, 1)", 0)
    assert said.call == "aten.t.default(torch.empty_strided((3, 4), (4, 1), dtype=torch.float32))"
    assert failing("crossref-copies", MATRIX) == [{"crossref.quiet"}]
    assert failing("crossref-views", MATRIX) == failing(OURS[0], MATRIX) == failing(OURS[1], MATRIX) == [set()]


@pytest.mark.parametrize("target", [*TORCHS, *OURS])
def test_the_thread_and_the_dispatcher_are_left_as_they_were(target):
    before, handlers = thread_state(), handlers_left()
    # It raises under torch's modes, and under functionalization alone, in turn.
    observe(target, "aten.narrow.Tensor(float32[4], 0, int64[]{1}, 2)")
    observe(target, "aten._neg_view.default(bool[3])")
    assert changed_state(before) == ""
    assert handlers_left() == handlers == 0
    assert python_dispatch.CROSSREF_FUNCTIONALIZE is False


def test_a_handler_that_is_left_is_counted():
    op = torch.ops.aten.alias.default
    op._dispatch_cache[KEY] = lambda *given: given
    try:
        assert handlers_left() == 1
    finally:
        op._uncache_dispatch(KEY)


@pytest.mark.parametrize("target", OURS)
def test_order_does_not_matter(target):
    """A case seen before, and one that is new, get the same verdict."""
    odd = "aten.narrow.Tensor(float32[4], 0, int64[]{1}, 2)"
    again = "aten.narrow.Tensor(float32[4], 0, int64[]{2}, 2)"
    first, second, third = failing(target, odd, again, odd)
    assert first == second == third == {"crossref.run"}


@pytest.mark.parametrize("target", TORCHS)
def test_a_call_that_does_not_reach_torchs_check_is_found(target, monkeypatch):
    """A crossref that puts no handler before the operator says nothing of it, whatever its kernels do."""
    monkeypatch.setattr(python_dispatch, "make_crossref_functionalize", lambda op, key: key)
    assert failing(target, "aten.select.int(float32[3], 0, 1)") == [{"crossref.agrees", "crossref.quiet"}]
    assert failing(target, "aten.resolve_neg.default(float32[3])") == [set()]


@pytest.mark.parametrize("target", OURS)
def test_a_call_that_does_not_reach_the_references_check_is_found(target, monkeypatch):
    monkeypatch.setattr("viewproof_suites.crossref.targets.reference_mode.overloads", lambda: ())
    (found,) = failing(target, "aten.select.int(float32[3], 0, 1)")
    assert found == {name for name in RULES if all_rules()[name].probe == "crossref-finds"}


@pytest.mark.parametrize("name", ["call_text", "FakeRun"])
def test_a_fault_of_our_own_comes_out(name, monkeypatch):
    """It is no alarm of torch's, although it passes through torch's dispatcher."""

    def broken(*given, **named):
        raise KeyError("ours")

    monkeypatch.setattr(f"viewproof_suites.crossref.targets.torch_mode.{name}", broken)
    with pytest.raises(KeyError, match="ours"):
        observe("crossref-views", MATRIX)


#: Functions of the reference's crossref in which a fault of its own may be, by where a handler uses them.
USED = ["call_key", "taken_apart", "needs_mode", "sharing", "compare_results", "outlook", "_keep", "FakeRun"]


@pytest.mark.parametrize("name", USED)
@pytest.mark.parametrize("target", OURS)
def test_a_fault_of_the_references_own_comes_out(target, name, monkeypatch):
    """It is nothing that the call raised, nor that its fake run did."""

    def broken(*given, **named):
        raise KeyError("ours")

    monkeypatch.setattr(f"viewproof_reference.replacements.crossref.handler.{name}", broken)
    with pytest.raises(KeyError, match="ours"):
        observe(target, MATRIX)


def test_a_fault_of_the_references_own_comes_out_although_torch_swallows_it(monkeypatch):
    monkeypatch.setattr("viewproof_reference.replacements.crossref.handler.KEPT", None)
    with find_target(OURS[0]).open("cpu", "aten.t.default") as session:
        call = session.overload

        def swallowing(*args, **kwargs):
            with contextlib.suppress(TypeError):
                call(*args, **kwargs)

        session.overload = swallowing
        case = parse_case(MATRIX)
        with pytest.raises(TypeError, match="'>='"):
            session.observe([(subject_of(case, expect(case)), ("crossref-finds",))])


def test_what_torch_raises_in_a_handler_is_evidence():
    """Here, where what the fake run gave is read: its class takes part in that."""

    class Unreadable(torch.Tensor):
        @classmethod
        def __torch_function__(cls, function, types, args=(), kwargs=None):
            raise LookupError("no reading")

    op = torch.ops.aten.view_as_real.default
    with torch.library._scoped_library("aten", "IMPL") as library, warnings.catch_warnings(action="ignore"):
        library.impl("view_as_real", lambda self: torch.zeros(3, 2, device="meta").as_subclass(Unreadable), "Meta")
        op._dispatch_cache.clear()
        try:
            ((_, seen, _),) = observe(OURS[0], CALL)
        finally:
            op._dispatch_cache.clear()
    (finding,) = seen[0].findings
    assert finding.verdict.unchecked == (("LookupError", "Exception", "BaseException"), "no reading")


def _raises(self):
    raise ValueError("no view")


#: What a wrong kernel may give: nothing, a number, its operand, a list, another layout, device or dtype, a tensor of
#: another class, or an error.
GIVEN = {
    "none": lambda self: None,
    "number": lambda self: 7,
    "operand": lambda self: self,
    "list": lambda self: [self],
    "sparse": lambda self: torch.zeros(3, 2).to_sparse(),
    "meta": lambda self: torch.empty(3, 2, device="meta"),
    "other dtype": lambda self: torch.zeros(3, 2, dtype=torch.int8),
    "plain": lambda self: torch.zeros(3, 2),
    "sizes itself": lambda self: SizesItself((3, 2)),
    "raises": _raises,
}


@pytest.mark.parametrize("key", ["Meta", "CPU", "Functionalize"])
@pytest.mark.parametrize("target", [*TORCHS, *OURS])
def test_whatever_a_wrong_kernel_gives_is_evidence(target, key):
    """It never raises, and the next call is what it was: a call may leave dispatch keys changed, which are put back."""
    op = torch.ops.aten.view_as_real.default
    right = [seen for _, seen, _ in observe(target, CALL)]
    before = thread_state()
    failed = {}
    for name, given in GIVEN.items():
        with torch.library._scoped_library("aten", "IMPL") as library, warnings.catch_warnings(action="ignore"):
            library.impl("view_as_real", given, key)
            op._dispatch_cache.clear()
            try:
                (failed[name],) = failing(target, CALL)
            finally:
                op._dispatch_cache.clear()
                torch._subclasses.fake_tensor.FakeTensorMode.cache_clear()
        assert [seen for _, seen, _ in observe(target, CALL)] == right, name
        assert changed_state(before) == "", name
    # The list makes torch call itself without end, which leaves keys behind.
    assert key == "Meta" or "crossref.state" in failed["list"]
    # Torch's check is silent where the functionalized run gives no tensor; the reference's is not.
    if target in OURS and key == "Meta":
        assert all(failed.values())


def test_where_torchs_check_is_not_applicable_it_raises(monkeypatch):
    """What the fake run gives beside a tensor is asked for its size, also where it is none."""

    def refused(*given):
        raise TypeError("wanted a tensor beside a tensor")

    monkeypatch.setattr("viewproof_suites.crossref.targets.torch_mode.lenient_verdict", refused)
    ((_, seen, _),) = observe(TORCHS[0], CALL)
    assert [one.due.fact for one in seen[0].told] == ["AttributeError"]
    assert failing(TORCHS[0], CALL) == [{"crossref.agrees"}]


def test_a_fake_run_that_gives_no_tensor_is_what_torch_raises_on():
    """Torch asks what the fake run gives for its size, whatever it is: that is neither ours nor a disagreement."""
    op = torch.ops.aten.view_as_real.default
    with torch.library._scoped_library("aten", "IMPL") as library, warnings.catch_warnings(action="ignore"):
        library.impl("view_as_real", lambda self: 7, "Meta")
        op._dispatch_cache.clear()
        try:
            (torchs,), (ours,) = failing(TORCHS[0], CALL), failing(OURS[0], CALL)
        finally:
            op._dispatch_cache.clear()
            torch._subclasses.fake_tensor.FakeTensorMode.cache_clear()
    assert torchs == {"crossref.quiet"}
    assert ours == {"crossref.run"}


def test_lists_are_wrapped_through():
    args, kwargs = wrapped_arguments([[torch.zeros(2)], 3], {"out": torch.zeros(1)})
    assert torch._is_functional_tensor(args[0][0])
    assert args[1] == 3
    assert torch._is_functional_tensor(kwargs["out"])


def _wrong(size, stride, offset, dtype=torch.float32, shares=True):
    def kernel(self):
        out = torch.empty(0, dtype=dtype, device="meta")
        storage = self.untyped_storage() if shares else torch.UntypedStorage(4096, device="meta")
        return out.set_(storage, offset, size, stride)

    return kernel


#: A call, wrong meta kernels of it, what each breaks, and whether torch's mode sees it.
CALL = "aten.view_as_real.default(complex64[3]+1)"
SEEDS = [
    (_wrong((2, 2), (2, 1), 2), {"crossref.size"}, True),
    (_wrong((3, 2), (2, 1), 2, torch.int32), {"crossref.dtype"}, True),
    (_wrong((3, 2), (1, 1), 2), {"crossref.stride"}, True),
    (_wrong((3, 2), (2, 1), 0), {"crossref.offset"}, False),
    (_wrong((3, 2), (2, 1), 2, shares=False), {"crossref.sharing"}, False),
]


@pytest.mark.parametrize(("kernel", "broken", "torch_sees"), SEEDS, ids=[next(iter(row[1])) for row in SEEDS])
def test_a_wrong_kernel_is_found(kernel, broken, torch_sees):
    assert failing(OURS[0], CALL) == failing(TORCHS[0], CALL) == [set()]
    op = torch.ops.aten.view_as_real.default
    with torch.library._scoped_library("aten", "IMPL") as library, warnings.catch_warnings(action="ignore"):
        library.impl("view_as_real", kernel, "Meta")
        op._dispatch_cache.clear()
        try:
            assert failing(OURS[0], CALL) == [broken]
            assert failing(TORCHS[0], CALL) == [{"crossref.quiet"} if torch_sees else set()]
        finally:
            op._dispatch_cache.clear()
            torch._subclasses.fake_tensor.FakeTensorMode.cache_clear()
    assert failing(OURS[0], CALL) == [set()]


def test_a_check_that_is_broken_is_found(monkeypatch):
    """The other side: the kernels are right, and torch's crossref does not say what it should."""
    monkeypatch.setattr(python_dispatch, "check_metadata_matches", lambda *_: None)
    assert failing("crossref-copies", MATRIX) == [{"crossref.agrees"}]
