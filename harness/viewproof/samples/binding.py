"""Checks that a sample's arguments bind to its operator's schema, before anything runs and without their types."""

from __future__ import annotations

from typing import Any

from viewproof.catalog.overloads import resolve
from viewproof.samples.cases import SampleCase


def misfit(subject: Any) -> str:
    """What keeps a sample's call from binding to the schema, in words; empty where it binds, and for other subjects.

    Arguments are counted and named, as Python does; that one is of a wrong type is the operator's to say. Raises
    ValueError where this torch has no such operator.
    """
    if not isinstance(subject, SampleCase):
        return ""
    call, arguments = subject.call, resolve(subject.operator)._schema.arguments
    placed = [one.name for one in arguments if not one.kwarg_only]
    if len(call.args) > len(placed):
        return f"wanted at most {len(placed)} arguments by place, got {len(call.args)}"
    given = placed[: len(call.args)]
    for name, _ in call.kwargs:
        if name in given:
            return f"wanted argument {name} once, got it twice"
        if all(name != one.name for one in arguments):
            return f"wanted an argument of {', '.join([one.name for one in arguments]) or 'none'}; got {name}"
        given.append(name)
    lacking = [one.name for one in arguments if one.name not in given and not one.has_default_value()]
    return f"wanted an argument {lacking[0]}, got none" if lacking else ""
