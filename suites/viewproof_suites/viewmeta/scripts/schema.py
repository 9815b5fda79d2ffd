"""Scripts on schemas: one question to torchgen's functionalization API, or one live ViewMeta class."""

from __future__ import annotations

from viewproof.cases.answers import answers_of
from viewproof.contract.installed import all_rules, find_target
from viewproof.errors import NoScript
from viewproof.evidence.probe import Raised
from viewproof.evidence.subject import Subject
from viewproof_reference.viewmeta import LiveClass, sample_tuple
from viewproof_suites.viewmeta.answers import SchemaAnswers
from viewproof_suites.viewmeta.groups import classes_of, groups

#: How a script asks each question; `schema` is the view's or its in-place variant's, `group` the whole group.
_ASKED = {
    "class_name": "api.classname(schema)",
    "class_name_namespaced": "api.classname(schema, with_namespace=True)",
    "returns_type": "api.returns_type(schema).cpp_type()",
    "is_multi_output": "api.is_multi_output(schema)",
    "base_constructor_arguments": "api.base_ctor_arguments(schema)",
    "extra_constructor_arguments": "api.extra_ctor_arguments(schema)",
    "attributes_owning": "api.attributes(schema)",
    "attributes_not_owning": "api.attributes(schema, owning=False)",
    "operator_arguments_forward": "api.op_arguments(schema, is_reverse=False)",
    "operator_arguments_reverse": "api.op_arguments(schema, is_reverse=True)",
    "name_forward_views": "api.name(group, is_reverse=False, include_namespace=True, reapply_views=True)",
    "name_forward_copies": "api.name(group, is_reverse=False, include_namespace=True, reapply_views=False)",
    "name_forward_unqualified": "api.name(group, is_reverse=False, include_namespace=False, reapply_views=True)",
    "name_forward_undecided": "api.name(group, is_reverse=False, include_namespace=True, reapply_views=None)",
    "name_reverse": "api.name(group, is_reverse=True, include_namespace=False)",
    "name_reverse_namespaced": "api.name(group, is_reverse=True, include_namespace=True)",
    "reverse_name": "api.reverse_name(group.view, include_namespace=False)",
    "reverse_name_namespaced": "api.reverse_name(group.view, include_namespace=True)",
    "reverse_returns_type": "api.returns_type(group.view.func).cpp_type()",
    "reverse_declaration": "ViewInverseSignature(group).decl()",
    "call_arguments_forward": "api.op_arguments(group.view_copy.func, is_reverse=False)",
    "call_arguments_reverse": "api.op_arguments(group.view_copy.func, is_reverse=True)",
}
_TORCHGEN = """\
from pathlib import Path

import torchgen
from torchgen.api import functionalization as api
from torchgen.api.types import ViewInverseSignature
from torchgen.context import native_function_manager
from torchgen.gen import get_grouped_by_view_native_functions, parse_native_yaml
from torchgen.model import NativeFunctionsViewGroup

native = Path(torchgen.__file__).parent / "packaged" / "ATen" / "native"
functions = parse_native_yaml(str(native / "native_functions.yaml"), str(native / "tags.yaml")).native_functions
groups = get_grouped_by_view_native_functions(functions)
groups = [one for one in groups if isinstance(one, NativeFunctionsViewGroup)]
"""
_BORROWS = """\
def text(answer):
    return ", ".join(one.decl() for one in answer) if isinstance(answer, list) else str(answer)

"""


def schema_lines(subject: Subject, target: str, rule: str) -> list[str]:
    """Lines that set `expected` and `observed` for the first question of `rule` that torch answers otherwise.

    Where torch answers all as expected, the rule's first question. Raises NoScript where the rule asks none.
    """
    question = _question(subject, target, rule)
    expected = answers_of(subject.expectation, SchemaAnswers).by_question[question]
    if question.startswith("live."):
        _, name, what = question.split(".")
        live = next(one for one in classes_of(subject.case.operator) if one.name == name)
        return _live_lines(live, what, expected)
    part, _, asked = question.partition(".")
    group = groups()[subject.case.operator].name
    expression = f"api.{asked}_binding.decl()" if part == "binding" else _ASKED[asked]
    # A binding's meaning is in a comment that our text has and torchgen's has not.
    expected = expected.partition(" /* ")[0] if part == "binding" else expected
    return [
        *_TORCHGEN.splitlines(),
        f"group = next(one for one in groups if str(one.view.func.name) == {group!r})",
        f"schema = group.{'view_inplace' if part == 'inplace' else 'view'}.func",
        "",
        "",
        *_BORROWS.splitlines(),
        "",
        f"with native_function_manager(group.{'view_inplace' if part == 'inplace' else 'view'}):",
        "    try:",
        f"        observed = text({expression})",
        "    except (AssertionError, IndexError, AttributeError):",
        '        observed = "refused"',
        f"expected = {expected!r}",
    ]


def _question(subject: Subject, target: str, name: str) -> str:
    rule, asks = all_rules()[name], find_target(target)
    probe = asks.probe(rule.probe)
    if probe is None:
        raise NoScript(f"rule {name}: wanted a rule that asks something of {subject.case.operator}, got none")
    with asks.open("cpu", subject.case.operator) as session:
        (seen,) = session.observe([(subject, (probe.name,))])
    due = probe.expected(subject, "cpu")
    expected: dict[str, str] = due.by_question
    observed = {} if isinstance(seen, Raised) else seen[0].by_question
    asked = []
    for question, answer in expected.items():
        alone = SchemaAnswers(expected | {question: "another answer"})
        if rule.check(due, alone) is not None:
            asked.append(question)
            if observed.get(question) != answer:
                return question
    if not asked:
        raise NoScript(f"rule {name}: wanted a rule that asks something of {subject.case.operator}, got none")
    return asked[0]


def _live_lines(live: LiveClass, what: str, expected: str) -> list[str]:
    if what == "exists":
        return [
            f'observed = "yes" if hasattr(torch._C._functionalization, {live.name!r}) else "no"',
            f"expected = {expected!r}",
        ]
    if what != "round_trip":
        raise NoScript(f"live class {live.name}: wanted its round trip, got its {what}, which is a text of pybind11's")
    values = [_literal(value, slot.type) for value, slot in zip(sample_tuple(live), live.slots, strict=True)]
    child = [
        "import torch",
        "F = torch._C._functionalization",
        f"make = lambda: ({', '.join(values)},)",
        "plain = lambda one: one.tolist() if isinstance(one, torch.Tensor) else one",
        "for _ in range(8):",
        f"    step = F.{live.name}(make())",
        "    found = [plain(one) for one in step.as_tuple()]",
        "    assert found == [plain(one) for one in make()], found",
    ]
    return [
        "import subprocess",
        "",
        "# In processes of their own: freed memory may hold what was there once, and a step may take its process down.",
        f"child = {chr(10).join(child)!r}",
        "ends = [subprocess.run([sys.executable, '-c', child], capture_output=True).returncode for _ in range(3)]",
        "observed = next((end for end in ends if end), 0)",
        "expected = 0",
    ]


def _literal(value: object, kind: str) -> str:
    if value is None:
        return "None"
    match kind.removesuffix("?"):
        case "InverseReturnMode":
            return f"F.InverseReturnMode.{value}"
        case "ScalarType" | "Layout" | "MemoryFormat":
            return f"torch.{value}"
        case "Tensor":
            return f"torch.tensor([{value!r}])"
        case _:
            return repr(value)
