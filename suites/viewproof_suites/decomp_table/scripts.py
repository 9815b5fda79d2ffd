"""Scripts on the decomposition table: a history done to torch's own table, or one operator looked up in it."""

from __future__ import annotations

from typing import Any

from viewproof.contract.installed import find_target
from viewproof.errors import NoScript
from viewproof.evidence.probe import Raised
from viewproof.evidence.subject import Subject
from viewproof.scripts.frame import Frame, indented
from viewproof.scripts.script import Script, check_of
from viewproof_reference.tables import OPERATIONS, ROLES, Operation, beginning, written
from viewproof_suites.decomp_table.cases import EntriesCase
from viewproof_suites.decomp_table.evidence import ASIDE, ENTRIES, MADE, STEP, expected_entries, expected_step
from viewproof_suites.decomp_table.operators import operators_of_aten

#: Operations that may raise, which must not end the script where more follow.
_MAY_RAISE = frozenset({
    "getitem", "del", "pop", "pop_nothing", "pop_three", "popitem", "update_pairs", "update_nothing",
})  # fmt: skip
_SETUP = '''\
from contextlib import suppress
from copy import copy, deepcopy

from torch.export import default_decompositions

LIBRARY = torch.library.Library("viewproof_histories", "FRAGMENT")
for name in ("early", "late", "absent"):
    LIBRARY.define(f"{{name}}(Tensor x) -> Tensor")
LIBRARY.impl("early", torch.clone, "CompositeImplicitAutograd")
LIBRARY.impl("absent", torch.clone, "CPU")
custom = torch.ops.viewproof_histories
early, late, absent = custom.early.default, custom.late.default, custom.absent.default
{aten}
ROLES = {{{roles}}}
OTHERS = sum(key not in ROLES.values() for key in default_decompositions().keys())


def mine(*args, **kwargs):
    """What a user assigns."""


def load():
    """Load the operator `late`."""
    if not torch._C._dispatch_has_kernel_for_dispatch_key(late.name(), "CompositeImplicitAutograd"):
        LIBRARY.impl("late", torch.clone, "CompositeImplicitAutograd")


def word(value):
    """`mine`, what Python says of None and of truths, or `own`: the operator's own decomposition."""
    return "mine" if value is mine else str(value) if value is None or isinstance(value, bool) else "own"


def held(entries):
    """The entries of the operators above, in words."""
    return {{role: word(entries[key]) for role, key in ROLES.items() if key in entries}}


def named(keys):
    """The operators above that are among the keys, in their order."""
    return [role for key in keys for role, one in ROLES.items() if one is key]


t, aside = default_decompositions(), []
'''
#: How a script spells the result of the operation `{}`, where that is not one decomposition or a bool.
_SAID = {
    "len": "len(t) - OTHERS",
    "list": "named({})",
    "reversed": "named({})",
    "keys": "named({})",
    "values": "held(dict(zip(t.keys(), {})))",
    "items": "held(dict({}))",
    "dict": "held({})",
    "unpack": "held({})",
    "repr": "[role for role, key in ROLES.items() if repr(key) in {}]",
    "fromkeys": "held(dict({}.items()))",
    "or": "held(dict(({}).items()))",
    "ror": "held(dict(({}).items()))",
    "materialize": "held({})",
}
_STATEMENTS = frozenset({"set", "del", "ior"})


def table_script(frame: Frame) -> Script:
    """The script of a result of `table.*`. Raises NoScript where there is none."""
    check_of(frame, ("table",), ("torch-table", "torch-table-narrowed"))
    return Script(_history_lines(frame.subject, frame.target, frame.rule))


def _history_lines(subject: Subject, target: str, rule: str) -> list[str]:
    """Lines that set `expected` and `observed` for the law `rule` of a history, or of a part of a table's entries."""
    case: Any = subject.case
    shown = [ENTRIES] if isinstance(case, EntriesCase) else [STEP, ASIDE] if case.operations else [MADE]
    with find_target(target).open("cpu", case.operator) as session:
        (seen,) = session.observe([(subject, tuple([probe.name for probe in shown]))])
        others = getattr(session, "others", 0)
    if isinstance(seen, Raised):
        raise NoScript(f"{target}: wanted a table that can be read, got {seen.classes[0]}: {seen.message}")
    if isinstance(case, EntriesCase):
        return _entries_lines(expected_entries(subject, "cpu"), seen[0])
    operations = case.operations
    aten = "\n".join(f"{role} = torch.ops.{operator}" for role, operator in operators_of_aten().items())
    lines = _SETUP.format(aten=aten, roles=", ".join(f'"{role}": {role}' for role in ROLES)).splitlines()
    for operation in operations[:-1]:
        lines += _before(operation)
    if not operations:
        lines += ["observed = held(dict(t.items()))", f"expected = {_roles(beginning())!r}"]
    elif rule == "table.independence":
        lines += [*_before(operations[-1]), "observed = [held(dict(table.items())) for table in aside]"]
        before = [*seen[1].before, *([seen[0].before] if OPERATIONS[operations[-1].word].copies else [])]
        lines.append(f"expected = {[_roles(one) for one in before]!r}")
    else:
        lines += _last(operations[-1])
        step = expected_step(subject, "cpu").wanted(seen[0])
        wanted = _wanted(operations[-1], step.result, others)
        aside = [_roles(seen[0].before)] if OPERATIONS[operations[-1].word].copies else []
        lines.append(f"expected = {(wanted, _roles(step.after), *aside)!r}")
    # The last reference ends the library; ended later, it could remove another script's operators.
    return [*lines, "LIBRARY._destroy()", "del LIBRARY"]


def _python(operation: Operation) -> str:
    return "load()" if operation.word == "load" else written(operation)


def _before(operation: Operation) -> list[str]:
    lines = ["aside.append(t)"] if OPERATIONS[operation.word].copies else []
    if operation.word in _MAY_RAISE:
        return [*lines, "with suppress(KeyError, TypeError, AttributeError):", f"    {_python(operation)}"]
    if operation.word in ("eq", "ne"):
        lines.append("same = dict(t.items())")
    return [*lines, _python(operation)]


def _last(operation: Operation) -> list[str]:
    text = _python(operation)
    lines = ["same = dict(t.items())"] if operation.word in ("eq", "ne") else []
    if OPERATIONS[operation.word].copies:
        return [
            "older = t",
            text,
            'result = "a table of its class" if type(t) is type(older) else f"a {type(t).__name__}"',
            "observed = (result, held(dict(t.items())), held(dict(older.items())))",
        ]
    if operation.word in _STATEMENTS:
        body = [text, 'result = "None"']
    elif operation.word == "popitem":
        body = [f"key, value = {text}", "result = ((named([key]) or ['another'])[0], word(value))"]
    else:
        body = [f"result = {_SAID.get(operation.word, 'word({})').format(text)}"]
    return [
        *lines,
        "try:",
        *indented(body),
        "except Exception as error:",
        '    result = f"raises {type(error).__name__}"',
        "observed = (result, held(dict(t.items())))",
    ]


def _roles(entries: dict[Any, str]) -> dict[str, str]:
    return {role: entries[role] for role in ROLES if role in entries}


def _wanted(operation: Operation, result: Any, others: int) -> Any:
    if operation.word == "len" and isinstance(result, int):
        return result - others
    if operation.word == "popitem" and isinstance(result, tuple):
        return (result[0] if isinstance(result[0], str) else "another", result[1])
    if isinstance(result, dict):
        return _roles(result)
    if operation.word == "repr" or isinstance(result, tuple):
        return [one for one in result if isinstance(one, str)]
    return result


def _entries_lines(wanted: frozenset[str], found: frozenset[str]) -> list[str]:
    name = min(wanted ^ found or wanted)
    return [
        "from torch.export import default_decompositions",
        "",
        f"observed = {name!r} in {{str(key) for key in default_decompositions().keys()}}",
        f"expected = {name in wanted!r}",
    ]
