"""Binds a call that somebody wrote to its operator's schema, before anything runs: number, names and types.

A call that binds may still be refused by the operator; one that does not bind is no call of it. Samples are of any
operator and may lean on what torch converts (a tensor of one number for a number); the calls that the reference answers
for may not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch

from viewproof.cases.kinds import kind_of_type
from viewproof.cases.model import TENSOR_ARGUMENTS, Case, TensorArgument
from viewproof.cases.text import format_argument
from viewproof.catalog.overloads import resolve
from viewproof.errors import UsageError
from viewproof.samples.cases import DomainTensor, SampleCase, Text
from viewproof_reference.layout.dtypes import DTYPES

#: The integers that torch can be handed: an `int` of a schema has 64 bits.
_LEAST, _MOST = -(2**63), 2**63 - 1
#: Types of torch's schemas that a word spells, by the class that torch's object of that word has.
_WORDS: dict[str, type] = {
    "ScalarType": torch.dtype,
    "Layout": torch.layout,
    "MemoryFormat": torch.memory_format,
}


def written_call(subject: Any) -> Case | None:
    """The call that a subject was written as: a case itself, a sample's, a module's; None where there is none."""
    if type(subject) is Case:
        return subject
    if isinstance(subject, SampleCase):
        return subject.call
    found: Case | None = kind_of_type(type(subject)).call_in(subject)
    return found


def misfit(subject: Any) -> str:
    """What keeps the call of a subject from binding to the schema, in words that end with the schema.

    Empty where it binds, and for a subject that is no call. Raises UsageError where this torch has no such operator.
    """
    call = written_call(subject)
    if call is None:
        return ""
    try:
        schema = resolve(call.operator)._schema
    except ValueError as error:
        raise UsageError(str(error)) from error
    wrong = _miscounted(call, schema.arguments) or _mistyped(call, schema, loose=call is not subject)
    return f"{wrong}; the schema is {schema}" if wrong else ""


def _miscounted(call: Case, arguments: list[Any]) -> str:
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


def _mistyped(call: Case, schema: Any, *, loose: bool) -> str:
    # Where torch takes a number for a tensor, it says so by the operator's name.
    numbers = loose and bool(torch._C._should_allow_numbers_as_tensors(schema.name.partition("::")[2]))
    for argument, value in _bound(call, schema.arguments):
        kind = str(argument.real_type)
        fits = _fits(value, kind, spread=argument.N is not None, numbers=numbers)
        if not fits and loose:
            fits = _is_converted(value, kind)
        elif fits and not loose and type(value) is str and kind.endswith(("ScalarType", "ScalarType]")):
            # Torch has second names (`float`) and dtypes that no tensor of a case has (`int4`).
            fits = value in DTYPES
        if not fits:
            return f"argument {argument.name}: wanted {kind}, got {_spelled(value, call)}"
    return ""


def _bound(call: Case, arguments: list[Any]) -> Iterator[tuple[Any, Any]]:
    placed = [one for one in arguments if not one.kwarg_only]
    yield from zip(placed, call.args, strict=False)
    by_name = {one.name: one for one in arguments}
    for name, value in call.kwargs:
        yield by_name[name], value


def _fits(value: Any, kind: str, *, spread: bool, numbers: bool) -> bool:
    """Whether a value is one of a schema's type. `spread`: one number stands for a list of a known length."""
    inner = _within("Optional", kind)
    if inner is not None:
        return value is None or _fits(value, inner, spread=spread, numbers=numbers)
    inner = _within("List", kind)
    if inner is not None:
        if type(value) is tuple:
            return all(_fits(one, inner, spread=False, numbers=False) for one in value)
        return spread and _fits(value, inner, spread=False, numbers=False)
    if kind == "Tensor":
        return _is_tensor(value) or (numbers and _is_number(value))
    if kind in _WORDS:
        return type(value) is str and isinstance(getattr(torch, value, None), _WORDS[kind])
    known = _PLAIN.get(kind)
    # Of a type that no case can spell (a generator, a storage), or that is a variable, the operator itself is asked.
    return value is None if kind == "Generator" else known is None or known(value)


def _is_converted(value: Any, kind: str) -> bool:
    """Whether torch makes what was given into what the schema wants: numbers of tensors, dtypes of their numbers."""
    kind = _within("Optional", kind) or kind
    rank = {"int": 0, "SymInt": 0, "float": 0, "number": 0, "List[int]": 1, "List[float]": 1}.get(kind)
    if rank is None:
        return kind in _WORDS and _is_int(value)
    tensor = value.tensor if type(value) is DomainTensor else value
    return type(tensor) is TensorArgument and len(tensor.layout.size) == rank


def _within(outer: str, kind: str) -> str | None:
    return kind[len(outer) + 1 : -1] if kind.startswith(f"{outer}[") else None


def _is_tensor(value: Any) -> bool:
    return type(value) in TENSOR_ARGUMENTS or type(value) is DomainTensor


def _is_int(value: Any) -> bool:
    return isinstance(value, int) and _LEAST <= value <= _MOST


def _is_number(value: Any) -> bool:
    return type(value) is float or _is_int(value)


_PLAIN: dict[str, Callable[[Any], bool]] = {
    "int": _is_int,
    "SymInt": _is_int,
    "bool": lambda value: type(value) is bool,
    "float": _is_number,
    "number": _is_number,
    "complex": _is_number,
    "str": lambda value: type(value) is Text or type(value) is str,
    "Device": lambda value: type(value) is str and _is_device(value),
}


def _is_device(word: str) -> bool:
    try:
        torch.device(word)
    except RuntimeError:
        return False
    return True


def _spelled(value: Any, call: Case) -> str:
    if type(value) is Text:
        return repr(value.value)
    if type(value) is DomainTensor:
        return f"a tensor of domain {value.domain}"
    if type(value) is tuple:
        return f"[{', '.join([_spelled(one, call) for one in value[:8]])}{', ...' if len(value) > 8 else ''}]"
    return format_argument(value, call.storages)
