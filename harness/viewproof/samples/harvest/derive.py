"""Makes calls for overloads that no OpInfo sample reaches: from a related overload's, or by the schema's types."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from viewproof.cases.model import Case, TensorArgument
from viewproof.catalog.overloads import resolve
from viewproof.samples.cases import DomainTensor, Text
from viewproof.samples.harvest.spell import INDEXLIKE, UnspelledError, normal
from viewproof_reference.layout.dtypes import DTYPES
from viewproof_reference.layout.model import Layout, Size, contiguous_strides, element_count

#: The property that all float tensors of a guessed call share, one for each guess.
_SHAPES: tuple[tuple[Size, str], ...] = (
    ((2, 3), "float32"), ((3, 3), "float32"), ((3,), "float32"), ((2, 3, 4), "float32"), ((1, 2, 4, 4), "float32"),
    ((1, 2, 3, 4, 4), "float32"), ((), "float32"), ((2, 3), "int64"), ((2, 3), "bool"), ((2, 3), "complex64"),
    ((2, 3), "uint8"), ((2, 3), "bfloat16"), ((2, 3), "float64"), ((0, 3), "float32"),
)  # fmt: skip
_TEXTS = ("mean", "sum", "none", "trunc", "floor", "linear", "reflect", "constant", "left", "lower")


def tensor_of(size: Size, dtype: str = "float32", values: tuple[int, ...] | None = None) -> TensorArgument:
    """A contiguous tensor argument."""
    nbytes = element_count(size) * DTYPES[dtype].itemsize
    return TensorArgument(Layout(size, contiguous_strides(size), 0, dtype, storage_bytes=nbytes), values=values)


def is_written_out(argument: Any) -> bool:
    """Whether a schema's argument is an `out=`: given by name alone, and written."""
    return bool(argument.kwarg_only and argument.alias_info is not None and argument.alias_info.is_write)


def _taken(operator: str) -> list[tuple[str, str]]:
    return [(one.name, str(one.type)) for one in resolve(operator)._schema.arguments if not is_written_out(one)]


def _stem(packet: str) -> str:
    stem = packet.removesuffix("_").removesuffix("_copy").removesuffix("_functional")
    for prefix in ("special_", "linalg_", "_foreach_", "fft_", "_"):
        stem = stem.removeprefix(prefix)
    return {"absolute": "abs", "divide": "div", "multiply": "mul", "subtract": "sub", "clip": "clamp"}.get(stem, stem)


def relatives(operator: str, known: Mapping[str, Any], by_stem: Mapping[str, list[str]]) -> list[str]:
    """The overloads with calls that take what `operator` takes, in the order of their arguments' types."""
    wanted = [kind for _, kind in _taken(operator)]
    near = by_stem.get(_stem(operator.split(".")[1]), [])
    return [name for name in near if name != operator and name in known
            and [kind for _, kind in _taken(name)][: len(wanted)] == wanted]  # fmt: skip


def stems(operators: Iterator[str] | list[str]) -> dict[str, list[str]]:
    """The operators by the stem of their packet's name."""
    found: dict[str, list[str]] = {}
    for name in operators:
        found.setdefault(_stem(name.split(".")[1]), []).append(name)
    return found


def adopted(operator: str, call: Case) -> Case:
    """A relative's call as a call of `operator`, without what it does not take."""
    names = {argument.name for argument in resolve(operator)._schema.arguments if not is_written_out(argument)}
    kwargs = tuple([(name, value) for name, value in call.kwargs if name in names])
    return normal(Case(operator, call.args, kwargs))


def guesses(operator: str) -> Iterator[Case]:
    """Calls by the types and names of the arguments; what has a default is left out, then given."""
    schema = resolve(operator)._schema
    for sparing in (True, False):
        for size, dtype in _SHAPES:
            for second in ((), (1,)):
                args: list[Any] = []
                kwargs: dict[str, Any] = {}
                for place, argument in enumerate(schema.arguments):
                    if is_written_out(argument):
                        continue
                    if argument.has_default_value() and (sparing or str(argument.type).startswith("Optional")):
                        if argument.kwarg_only or sparing:
                            continue
                        args.append(None)
                        continue
                    value = _guess(argument, size, dtype, (place % 2) if second else 0)
                    if argument.kwarg_only or len(args) < place:
                        kwargs[argument.name] = value
                    else:
                        args.append(value)
                try:
                    yield normal(Case(operator, tuple(args), tuple(kwargs.items())))
                except UnspelledError:
                    return


def _guess(argument: Any, size: Size, dtype: str, turn: int) -> Any:
    kind, name = str(argument.type), argument.name
    wraps = kind.removeprefix("Optional[").removesuffix("]") if kind.startswith("Optional") else kind
    if wraps == "Tensor":
        return _guess_tensor(name, size, dtype)
    if wraps.startswith(("List[Tensor", "List[Optional[Tensor")):
        return (tensor_of(size, dtype), tensor_of(size, dtype))
    if wraps.startswith(("List[int", "List[SymInt")):
        return _guess_ints(name, size, turn, argument)
    if wraps.startswith("List[bool"):
        return (True,) * (argument.N or 1)
    if wraps.startswith(("List[float", "List[number")):
        return (0.5,) * (argument.N or 2)
    if wraps == "int" and "dtype" in argument.name:
        return dtype
    if wraps in ("int", "SymInt"):
        return (0 if turn == 0 else 1) if "dim" in name or "mode" in name or "reduction" in name else 1 + turn
    if wraps == "float":
        return 0.5
    if wraps == "bool":
        return turn == 1
    if wraps == "number":
        return 2 if dtype in ("int64", "uint8") else 0.5 + turn
    if wraps == "str":
        return Text(_TEXTS[len(size) % len(_TEXTS)])
    if wraps == "Device":
        return "cpu"
    return None


def _guess_tensor(name: str, size: Size, dtype: str) -> Any:
    if name in ("offsets", "crow_indices", "ccol_indices"):
        return tensor_of((2,), "int64", (0, 2))
    if any(word in name for word in INDEXLIKE):
        return tensor_of(size, "int64", (0,) * element_count(size))
    if "mask" in name:
        return tensor_of(size, "bool")
    if name in ("weight", "bias", "running_mean", "running_var", "save_mean", "save_invstd") and len(size) > 2:
        return (
            DomainTensor("unit", tensor_of((size[1],), dtype))
            if DTYPES[dtype].kind == "float"
            else tensor_of(size, dtype)
        )
    return tensor_of(size, dtype)


def _guess_ints(name: str, size: Size, turn: int, argument: Any) -> tuple[int, ...]:
    if "size" in name and "kernel" not in name and "output" not in name:
        return size
    spatial = max(len(size) - 2, 1)
    count = argument.N or spatial
    if "pad" in name:
        return (turn,) * (count if argument.N else 2 * spatial)
    if name in ("dim", "dims"):
        return (0,) if turn == 0 else tuple(range(len(size)))
    return (2,) * count if "kernel" in name or "output" in name else (1,) * count


def with_outs(operator: str, call: Case, functional: str) -> list[tuple[str, Any]] | None:
    """The `out=` arguments that fit what the functional relative returns for `call`; None where it returns other."""
    from viewproof.samples.build import build_sample
    from viewproof.samples.harvest.spell import spell_call

    built = build_sample(Case(functional, call.args, call.kwargs))
    result = resolve(functional)(*built.args, **built.kwargs)
    outs = [one for one in resolve(operator)._schema.arguments if is_written_out(one)]
    results = list(result) if isinstance(result, tuple) else [result]
    if len(outs) != len(results):
        return None
    spelled = spell_call(operator, (), {one.name: value for one, value in zip(outs, results, strict=True)})
    return [(name, _emptied(value)) for name, value in spelled.kwargs]


def _emptied(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple([_emptied(one) for one in value])
    if isinstance(value, TensorArgument):
        layout = value.layout
        nbytes = element_count(layout.size) * DTYPES[layout.dtype].itemsize
        return TensorArgument(
            Layout(layout.size, contiguous_strides(layout.size), 0, layout.dtype, storage_bytes=nbytes)
        )
    return value
