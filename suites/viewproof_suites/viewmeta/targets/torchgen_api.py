"""The observing side of the ViewMeta reference: what torchgen's functionalization API says of a view group.

torchgen comes with torch and reads the YAML that the wheel packages; it needs PyYAML, which torch does not install. It
is imported when first asked, and the groups are kept: reading them takes a twentieth of a second, where reading all of
torch's functions takes half of one, which every plan would wait for. The answers are not kept, and are spelled as the
reference spells its own (`viewproof_reference.viewmeta.answers`).
"""

from __future__ import annotations

import functools
import importlib
import re
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import torch

from viewproof_reference.viewmeta import REFUSED


class TorchgenMissing(RuntimeError):
    """Torchgen, or the YAML that it reads, is missing from the installed torch."""


class GroupTexts(NamedTuple):
    """A view group of the installed torch: the schemas of its members, and whether the view is composite."""

    view: str
    copy: str | None
    inplace: str | None
    composite: bool

    @property
    def name(self) -> str:
        """The view as its schema names it: `select.int`."""
        return self.view.partition("(")[0]


class Difference(NamedTuple):
    """A question whose answers differ; None where one side has no such question."""

    question: str
    expected: str | None
    observed: str | None


def _module(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        hint = " (install PyYAML)" if error.name == "yaml" else ""
        raise TorchgenMissing(
            f"{name}: wanted the torchgen of torch {torch.__version__}, got {error.msg}{hint}"
        ) from error


def _yaml() -> tuple[Path, Path]:
    """The files of torch's functions and of their tags. Raises TorchgenMissing."""
    folder = Path(_module("torchgen").__file__).parent / "packaged" / "ATen" / "native"
    functions, tags = folder / "native_functions.yaml", folder / "tags.yaml"
    if not (functions.is_file() and tags.is_file()):
        raise TorchgenMissing(f"torchgen: wanted {functions.name} and {tags.name} in {folder}, got neither or one")
    return functions, tags


#: A function as the YAML declares it: its name, its arguments, its returns.
_DECLARED = re.compile(r"^- func: ([\w.]+)\((.*)\) -> (.*)$", re.MULTILINE)
#: A return that is an alias and is not written, `Tensor(a)`; and an argument that any output may be one of, `(a -> *)`.
_ALIAS = re.compile(r"\(\w+\)")
_WILDCARD = re.compile(r"\(\w+ ?-> ?\*\)")


def view_names() -> tuple[str, ...]:
    """The views of all view groups, in the YAML's order and as it names them, from its text alone.

    They are the functions whose schema says that an output is an alias. Raises TorchgenMissing.
    """
    text = _yaml()[0].read_text(encoding="utf-8")
    return tuple([
        name
        for name, arguments, returns in _DECLARED.findall(text)
        if _ALIAS.search(returns) or _WILDCARD.search(arguments)
    ])  # fmt: skip


#: What stands between two functions of the YAML, and what their names have in common that are of one view.
_BETWEEN = re.compile(r"^(?=- func: )", re.MULTILINE)
_PACKET = re.compile(r"- func: (\w+?)(?:_copy|_scatter|_inverse)?_?[.(]")


def _of_views() -> str:
    """The YAML's text with blank lines in the place of every function that is in no view's group.

    A group is a view, its copy and the one in place: of one name but for `_copy` and `_`, and the copy of a view that
    is an `_inverse` is a `_scatter`.
    """
    names = {f"- func: {name}(" for name in view_names()}
    packets = {found[1] for name in names if (found := _PACKET.match(name))}
    parts = _BETWEEN.split(_yaml()[0].read_text(encoding="utf-8"))
    return "".join([
        part if (found := _PACKET.match(part)) and found[1] in packets else "\n" * part.count("\n") for part in parts
    ])  # fmt: skip


@functools.cache
def _view_functions() -> list[Any]:
    """The functions of the view groups, read by torchgen: it takes eight times as long to read all functions."""
    functions, tags = _yaml()
    gen = _module("torchgen.gen")
    entries = _module("yaml").load(_of_views(), Loader=gen.LineLoader)
    found: list[Any] = gen.parse_native_yaml_struct(
        entries, gen.parse_tags_yaml(str(tags)), path=str(functions)
    ).native_functions
    return found


@functools.cache
def _groups() -> dict[str, Any]:
    kind = _module("torchgen.model").NativeFunctionsViewGroup
    grouped = _module("torchgen.gen").get_grouped_by_view_native_functions(_view_functions())
    return {str(group.view.func.name): group for group in grouped if isinstance(group, kind)}


def _text(function: Any) -> str | None:
    return None if function is None else str(function.func)


def view_groups() -> tuple[GroupTexts, ...]:
    """Every view group of the installed torch, in the YAML's order. Raises TorchgenMissing."""
    return tuple(
        GroupTexts(str(group.view.func), _text(group.view_copy), _text(group.view_inplace), bool(group.composite))
        for group in _groups().values()
    )


def _answer(question: Callable[[], Any]) -> str:
    # torchgen refuses by assertions, some of which had no words before torch 2.12; a schema without arguments makes it
    # look for the first of none. Anything else that it raises is a fault of its own, and no right answer.
    try:
        answer = question()
    except (AssertionError, IndexError):
        return REFUSED
    except Exception as error:  # noqa: BLE001  what torchgen raises is evidence
        return f"raises {type(error).__name__}: {str(error).partition(chr(10))[0]}"
    if isinstance(answer, list):
        return ", ".join(map(_binding, answer))
    return str(answer)


def _binding(binding: Any) -> str:
    # A binding also has a meaning, by which torchgen matches arguments; it is shown where it is not the name.
    meaning = "" if binding.nctype.name == binding.name else f" /* {binding.nctype.name} */"
    return f"{binding.decl()}{meaning}"


def _class_answers(api: Any, schema: Any) -> dict[str, str]:
    return {
        "class_name": _answer(lambda: api.classname(schema)),
        "class_name_namespaced": _answer(lambda: api.classname(schema, with_namespace=True)),
        "returns_type": _answer(lambda: api.returns_type(schema).cpp_type()),
        "is_multi_output": _answer(lambda: api.is_multi_output(schema)),
        "base_constructor_arguments": _answer(lambda: api.base_ctor_arguments(schema)),
        "extra_constructor_arguments": _answer(lambda: api.extra_ctor_arguments(schema)),
        "attributes_owning": _answer(lambda: api.attributes(schema)),
        "attributes_not_owning": _answer(lambda: api.attributes(schema, owning=False)),
        "operator_arguments_forward": _answer(lambda: api.op_arguments(schema, is_reverse=False)),
        "operator_arguments_reverse": _answer(lambda: api.op_arguments(schema, is_reverse=True)),
    }


def _call_arguments(api: Any, group: Any, reverse: bool) -> Any:
    # Like the generator of the classes, which asserts that there is a copy variant, and passes that one's schema.
    assert group.view_copy is not None
    return api.op_arguments(group.view_copy.func, is_reverse=reverse)


def _reverse_return(api: Any, view: Any, declaration: str) -> str:
    """The return type that an inverse is declared with; where the declaration is refused, the one it would have had."""
    found = re.match(r"static (.*?) \w+\(", declaration)
    return _answer(lambda: api.returns_type(view.func).cpp_type()) if found is None else found[1]


def _group_answers(api: Any, group: Any) -> dict[str, str]:
    def forward(reapply_views: bool | None, include_namespace: bool = True) -> str:
        return _answer(
            lambda: api.name(group, is_reverse=False, include_namespace=include_namespace, reapply_views=reapply_views)
        )

    def reverse(include_namespace: bool) -> str:
        return _answer(lambda: api.name(group, is_reverse=True, include_namespace=include_namespace))

    types = _module("torchgen.api.types")
    declaration = _answer(lambda: types.ViewInverseSignature(group).decl())
    return {
        "name_forward_views": forward(True),
        "name_forward_copies": forward(False),
        "name_forward_unqualified": forward(True, include_namespace=False),
        "name_forward_undecided": forward(None),
        "name_reverse": reverse(False),
        "name_reverse_namespaced": reverse(True),
        "reverse_name": _answer(lambda: api.reverse_name(group.view, include_namespace=False)),
        "reverse_name_namespaced": _answer(lambda: api.reverse_name(group.view, include_namespace=True)),
        "reverse_returns_type": _reverse_return(api, group.view, declaration),
        "reverse_declaration": declaration,
        "call_arguments_forward": _answer(lambda: _call_arguments(api, group, reverse=False)),
        "call_arguments_reverse": _answer(lambda: _call_arguments(api, group, reverse=True)),
    }


_FIXED = ("base", "has_symbolic_inputs", "mutated_view", "out_index", "reapply_views", "inverse_return_mode")


def _fixed(api: Any, name: str) -> list[Any]:
    return [getattr(api, f"{name}_binding")]


def _flat(group: Any) -> dict[str, str]:
    api, native = _module("torchgen.api.functionalization"), _module("torchgen.context").native_function_manager
    # What a mutable argument and a list of tensors look like in C++ is state of torchgen's, set for one operator.
    with native(group.view):
        parts = {"group": _group_answers(api, group), "view": _class_answers(api, group.view.func)}
    if group.view_inplace is not None:
        with native(group.view_inplace):
            parts["inplace"] = _class_answers(api, group.view_inplace.func)
    parts["binding"] = {name: _answer(partial(_fixed, api, name)) for name in _FIXED}
    return {f"{part}.{question}": answer for part, facts in parts.items() for question, answer in facts.items()}


def observed_answers(name: str) -> dict[str, str]:
    """The answers of torchgen for the group of a view, `select.int` for one.

    Raises KeyError for a name that has no group, TorchgenMissing as `view_groups` does.
    """
    groups = _groups()
    if name not in groups:
        raise KeyError(f"view group {name!r}: wanted one of {', '.join(groups)}")
    return _flat(groups[name])


def differences(expected: Mapping[str, str], observed: Mapping[str, str]) -> tuple[Difference, ...]:
    """The questions whose answers differ, or that only one side has."""
    questions = dict.fromkeys((*expected, *observed))
    return tuple(
        Difference(question, expected.get(question), observed.get(question))
        for question in questions
        if expected.get(question) != observed.get(question)
    )
