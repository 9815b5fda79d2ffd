"""The view groups to check: which there are, and what the reference answers on each from the texts of its schemas."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from viewproof_reference.viewmeta import BY_HAND, LiveClass, answers, live_classes, view_group
from viewproof_suites.viewmeta.answers import SchemaAnswers
from viewproof_suites.viewmeta.cases import SchemaCase
from viewproof_suites.viewmeta.targets.torchgen_api import GroupTexts, view_groups


def overload_name(schema_name: str) -> str:
    """The overload that a schema names: `alias` is `aten.alias.default`, `select.int` is `aten.select.int`."""
    return f"aten.{schema_name}" if "." in schema_name else f"aten.{schema_name}.default"


@cache
def groups() -> Mapping[str, GroupTexts]:
    """The view groups of the installed torch by the overload of their view. Raises TorchgenMissing."""
    return {overload_name(group.name): group for group in view_groups()}


_BY_HAND = {overload_name(name): live for name, live in BY_HAND.items()}


def schema_operators() -> tuple[str, ...]:
    """The overloads that have an API or a live class: the groups' views, and those whose class is written by hand."""
    return tuple(sorted({*groups(), *_BY_HAND}))


def classes_of(operator: str) -> tuple[LiveClass, ...]:
    """The live classes that the overload must have. Raises KeyError where it has neither a group nor a class."""
    if operator in _BY_HAND:
        return (_BY_HAND[operator],)
    texts = groups()[operator]
    return live_classes(view_group(texts.view, texts.copy, texts.inplace, composite=texts.composite))


def expected_answers(case: SchemaCase) -> SchemaAnswers:
    """The reference's answers on a schema: torchgen's functions on its group, and the live classes."""
    found: dict[str, str] = {}
    texts = groups().get(case.operator)
    if texts is not None:
        found |= answers(texts.view, texts.copy, texts.inplace, composite=texts.composite)
    for live in classes_of(case.operator):
        found |= {
            f"live.{live.name}.exists": "yes",
            f"live.{live.name}.constructor": live.types,
            f"live.{live.name}.as_tuple": live.types,
            f"live.{live.name}.round_trip": "the same tuple",
        }
    return SchemaAnswers(found)
