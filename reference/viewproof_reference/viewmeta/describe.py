"""Everything the functionalization API says about a view, computed from the text of its schemas: the entry point."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields

from viewproof_reference.viewmeta import bindings, names
from viewproof_reference.viewmeta.group import ViewGroup, copy_name, view_group
from viewproof_reference.viewmeta.refusal import REFUSED, ApiRefusal, RefusedAnswer
from viewproof_reference.viewmeta.schema import Schema

#: One answer: a C++ word, a yes or no, a list of bindings in order, or a refusal.
Answer = str | bool | tuple[str, ...] | RefusedAnswer


@dataclass(frozen=True, slots=True)
class ClassApi:
    """The API of one ViewMeta class, that of a view or of its in-place variant. A binding is its C++ type and name."""

    class_name: Answer
    class_name_namespaced: Answer
    returns_type: Answer
    is_multi_output: Answer
    base_constructor_arguments: Answer
    extra_constructor_arguments: Answer
    attributes_owning: Answer
    attributes_not_owning: Answer
    operator_arguments_forward: Answer
    operator_arguments_reverse: Answer


@dataclass(frozen=True, slots=True)
class GroupApi:
    """What a view group's classes call, and how the inverse that is written by hand for the group must be declared."""

    name_forward_views: Answer
    name_forward_copies: Answer
    name_forward_unqualified: Answer
    name_forward_undecided: Answer
    name_reverse: Answer
    name_reverse_namespaced: Answer
    reverse_name: Answer
    reverse_name_namespaced: Answer
    reverse_returns_type: Answer
    reverse_declaration: Answer
    call_arguments_forward: Answer
    call_arguments_reverse: Answer


@dataclass(frozen=True, slots=True)
class FixedBindings:
    """The six bindings that are the same for every operator."""

    base: Answer
    has_symbolic_inputs: Answer
    mutated_view: Answer
    out_index: Answer
    reapply_views: Answer
    inverse_return_mode: Answer


@dataclass(frozen=True, slots=True)
class ViewMetaApi:
    """The whole API of a view group. `inplace` is None for a group without in-place variant."""

    group: GroupApi
    view: ClassApi
    inplace: ClassApi | None
    binding: FixedBindings


FIXED_BINDINGS = FixedBindings(**{binding.name: str(binding) for binding in bindings.FIXED})


def _ask(question: Callable[[], str | bool | tuple[bindings.Binding, ...]]) -> Answer:
    try:
        answer = question()
    except ApiRefusal as refusal:
        return RefusedAnswer(str(refusal))
    return tuple(map(str, answer)) if isinstance(answer, tuple) else answer


def describe_class(schema: Schema) -> ClassApi:
    """The API of the ViewMeta class of this view or in-place view."""
    return ClassApi(
        _ask(lambda: names.class_name(schema)),
        _ask(lambda: names.class_name(schema, namespaced=True)),
        _ask(lambda: bindings.returns_type(schema)),
        _ask(lambda: bindings.is_multi_output(schema)),
        _ask(lambda: bindings.base_constructor_arguments(schema)),
        _ask(lambda: bindings.extra_constructor_arguments(schema)),
        _ask(lambda: bindings.attributes(schema, owning=True)),
        _ask(lambda: bindings.attributes(schema, owning=False)),
        _ask(lambda: bindings.operator_arguments(schema, reverse=False)),
        _ask(lambda: bindings.operator_arguments(schema, reverse=True)),
    )


def reverse_declaration(view: Schema) -> str:
    """The C++ declaration of the inverse of a view. Raises ApiRefusal where its return or arguments are refused."""
    arguments = ", ".join(map(str, bindings.operator_arguments(view, reverse=True)))
    return f"static {bindings.returns_type(view)} {names.reverse_name(view, namespaced=False)}({arguments});"


def call_arguments(group: ViewGroup, *, reverse: bool) -> tuple[bindings.Binding, ...]:
    """What a class of the group passes to its calls: the arguments of the copy variant, which are the view's own.

    Raises ApiRefusal where there is no copy variant, since then no class of the group calls anything.
    """
    if group.copy is None:
        raise ApiRefusal(f"{group.view.operator}: wanted its copy variant {copy_name(group.view)}, got none")
    return bindings.operator_arguments(group.copy, reverse=reverse)


def describe_group(group: ViewGroup) -> GroupApi:
    """What the classes of this group call."""
    view = group.view
    # The return mode of a reverse is an argument of its call: one name serves all three, and needs no copy variant.
    bare, whole = (names.reverse_name(view, namespaced=namespaced) for namespaced in (False, True))
    return GroupApi(
        _ask(lambda: names.forward_name(group, reapply_views=True)),
        _ask(lambda: names.forward_name(group, reapply_views=False)),
        _ask(lambda: names.forward_name(group, reapply_views=True, namespaced=False)),
        _ask(lambda: names.forward_name(group, reapply_views=None)),
        bare,
        whole,
        bare,
        whole,
        _ask(lambda: bindings.returns_type(view)),
        _ask(lambda: reverse_declaration(view)),
        _ask(lambda: call_arguments(group, reverse=False)),
        _ask(lambda: call_arguments(group, reverse=True)),
    )


def describe(
    view: str, copy: str | None = None, inplace: str | None = None, *, composite: bool | None = None
) -> ViewMetaApi:
    """The API of the view group of these schema texts.

    Raises SchemaError for a text that is no schema, and ApiRefusal for members that are no group; a single question
    that has no answer is answered by `RefusedAnswer`.
    """
    group = view_group(view, copy, inplace, composite=composite)
    return ViewMetaApi(
        describe_group(group),
        describe_class(group.view),
        None if group.inplace is None else describe_class(group.inplace),
        FIXED_BINDINGS,
    )


def answer_text(answer: Answer) -> str:
    """One answer as text; a refusal is the word REFUSED, without its reason."""
    if isinstance(answer, RefusedAnswer):
        return REFUSED
    return ", ".join(answer) if isinstance(answer, tuple) else str(answer)


def answers(
    view: str, copy: str | None = None, inplace: str | None = None, *, composite: bool | None = None
) -> dict[str, str]:
    """`describe`, flat: `PART.FUNCTION` to text, such as `view.is_multi_output` to `False`.

    The parts are `group`, `view`, `inplace` (only where there is one) and `binding`; the functions are the names of the
    fields of GroupApi, ClassApi and FixedBindings. Members that are no group have the one answer `group`: `refused`.
    Raises SchemaError for a text that is no schema.
    """
    try:
        api = describe(view, copy, inplace, composite=composite)
    except ApiRefusal:
        return {"group": REFUSED}
    parts: dict[str, GroupApi | ClassApi | FixedBindings | None] = {
        "group": api.group,
        "view": api.view,
        "inplace": api.inplace,
        "binding": api.binding,
    }
    return {
        f"{part}.{field.name}": answer_text(getattr(facts, field.name))
        for part, facts in parts.items()
        if facts is not None
        for field in fields(facts)
    }
