"""Level 5: a decomposition does what its operator does, and ends in operators that are not decomposed again."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from viewproof.contract.rule import Difference, Rules
from viewproof.evidence.probe import ANYTHING
from viewproof.evidence.subject import Traits
from viewproof.samples.unvalued import has_no_values
from viewproof_suites.decompositions.evidence import Content, Leaves, NearContent, OperandLeft, ResultFacts, Results

RULES = Rules(level=5, probe="sample-results")

_TABLE = "torch/_decomp/decompositions.py; torch/_refs/__init__.py"
_EXPORT = "torch/export/decomp_utils.py; torch/_decomp/__init__.py, core_aten_decompositions"


def _sample(traits: Traits) -> bool:
    return traits.kind == "sample"


def _valued(traits: Traits) -> bool:
    return _sample(traits) and not has_no_values(traits.operator)


def _any_tensor(test: Callable[[ResultFacts], bool]) -> Callable[[Results], bool]:
    return lambda expected: any(test(one) for one in expected.tensors)


def _tensors(expected: Results) -> bool:
    return bool(expected.tensors)


def _pairs(expected: Results, observed: Results) -> Iterator[tuple[int, ResultFacts, ResultFacts]]:
    # Of another structure, no tensor is another's counterpart.
    if expected.structure == observed.structure:
        for place, (one, other) in enumerate(zip(expected.tensors, observed.tensors, strict=False)):
            yield place, one, other


def _said(place: int, what: object) -> str:
    return f"tensor {place}: {list(what) if isinstance(what, tuple) else what}"


@RULES.rule(
    "decomposition.structure",
    source=_TABLE,
    fault="a decomposition that returns one tensor of two",
    applies=_sample,
)
def structure(expected: Results, observed: Results) -> Difference | None:
    """A decomposition accepts what its operator accepts, and returns as many values, each of the same kind.

    A sample is a call that its operator runs: one that raises, or returns no tensor where its schema has one, says
    nothing of its decomposition, and fails. Scalars that are returned are the same.
    """
    if expected.refusal:
        said = f"the decomposition accepts; eager {expected.refusal}"
        return Difference("the operator runs", said, f"operator {expected.refusal.partition(':')[0]}")
    if expected.structure != observed.structure or len(expected.tensors) != len(observed.tensors):
        return Difference(expected.structure, observed.structure, "structure differs")
    if expected.scalars != observed.scalars:
        return Difference(str(expected.scalars), str(observed.scalars), "scalars differ")
    return None


@RULES.rule(
    "decomposition.size",
    source=_TABLE,
    fault="a decomposition that keeps a reduced dimension",
    applies=_sample,
    sees=_tensors,
)
def size(expected: Results, observed: Results) -> Difference | None:
    """Each tensor that a decomposition returns has the size (elements) of the operator's."""
    for place, one, other in _pairs(expected, observed):
        if one.size != other.size:
            return Difference(_said(place, one.size), _said(place, other.size), "size differs")
    return None


def _strides(one: ResultFacts, significant: bool) -> tuple[int | None, ...]:
    if 0 in one.size:
        return () if significant else one.stride
    return tuple(
        [step if (extent > 1) is significant else None for extent, step in zip(one.size, one.stride, strict=True)]
    )


@_any_tensor
def _significant(one: ResultFacts) -> bool:
    return 0 not in one.size and any(extent > 1 for extent in one.size)


@_any_tensor
def _insignificant(one: ResultFacts) -> bool:
    return bool(one.stride) and (0 in one.size or 1 in one.size)


@RULES.rule(
    "decomposition.stride",
    source=f"{_TABLE}; torch/_prims_common/__init__.py, compute_elementwise_output_strides",
    fault="a decomposition that returns a contiguous tensor where the operator keeps a permuted layout",
    applies=_sample,
    sees=_significant,
)
def stride(expected: Results, observed: Results) -> Difference | None:
    """Strides (elements) of dimensions that have more than one element are the operator's.

    A compiled program is guarded on the strides that its decompositions had.
    """
    return _stride(expected, observed, True)


@RULES.rule(
    "decomposition.stride-exact",
    source=f"{_TABLE}; c10/core/Contiguity.h",
    fault="a decomposition that gives a dimension of one element another stride",
    applies=_sample,
    sees=_insignificant,
)
def stride_exact(expected: Results, observed: Results) -> Difference | None:
    """Strides of dimensions of one element, and of tensors without elements, are the operator's too."""
    return _stride(expected, observed, False)


def _stride(expected: Results, observed: Results, significant: bool) -> Difference | None:
    for place, one, other in _pairs(expected, observed):
        if one.size != other.size:
            continue
        if len(one.stride) != len(other.stride):
            # One of them has no strides of its own.
            differs = significant
        elif len(one.stride) != len(one.size):
            differs = significant and one.stride != other.stride
        else:
            differs = _strides(one, significant) != _strides(other, significant)
        if differs:
            return Difference(_said(place, one.stride), _said(place, other.stride), "stride differs")
    return None


@RULES.rule(
    "decomposition.dtype",
    source=f"{_TABLE}; torch/_prims_common/wrappers.py, elementwise_type_promotion_wrapper",
    fault="a decomposition that promotes integers to float where the operator does not",
    applies=_sample,
    sees=_tensors,
)
def dtype(expected: Results, observed: Results) -> Difference | None:
    """Each tensor that a decomposition returns has the operator's dtype, layout, device, and conj and neg bits."""
    for place, one, other in _pairs(expected, observed):
        wanted, got = (f"{now.dtype}{now.bits} {now.layout} on {now.device}" for now in (one, other))
        if wanted != got:
            what = "dtype" if one.dtype != other.dtype else "bits" if one.bits != other.bits else "device"
            return Difference(_said(place, wanted), _said(place, got), f"{what} differs")
    return None


@RULES.rule(
    "decomposition.values",
    source=f"{_TABLE}; torch/testing/_comparison.py, default tolerances",
    fault="a decomposition that adds where the operator subtracts",
    applies=_valued,
    probe="sample-values",
    sees=lambda expected: any(one.data.content for one in expected),
)
def values(expected: tuple[NearContent, ...], observed: tuple[Content, ...]) -> Difference | None:
    """Each tensor that a decomposition returns holds the operator's values; NaN stands where NaN stands.

    Integers, bits and what is a view of an operand are the same bit for bit. Of the rest, |observed - expected| is at
    most absolute + relative * |expected|: 1.3e-6 and 1e-5 for float32 and complex64, 1e-7 and 1e-7 for float64 and
    complex128, 1e-3 and 1e-5 for float16 and complex32, 1.6e-2 and 1e-5 for bfloat16. Random and uninitialized
    tensors are not compared.
    """
    for place, (one, other) in enumerate(zip(expected, observed, strict=False)):
        found = one.data.apart(other.data) if one.of == other.of else None
        if found is not None:
            return Difference(_said(place, found[0]), _said(place, found[1]), "values differ")
    return None


@RULES.rule(
    "decomposition.aliasing",
    source=f"{_TABLE}; native_functions.yaml, alias annotations",
    fault="a decomposition that returns its input",
    applies=_sample,
    sees=_tensors,
)
def aliasing(expected: Results, observed: Results) -> Difference | None:
    """What a decomposition returns lies on an operand's storage exactly where what the operator returns does.

    A decomposition of a view is a view of the same positions: it begins at the same offset. One of a non-view shares
    nothing with its operands, and its results share nothing with each other.
    """
    for place, one, other in _pairs(expected, observed):
        if one.on != other.on:
            shape = f"aliases {other.on.partition('.')[0]}" if other.on else "copies"
            return Difference(_said(place, _where(one)), _said(place, _where(other)), shape)
        if one.offset != other.offset:
            return Difference(_said(place, _where(one)), _said(place, _where(other)), "offset differs")
        if one.beside != other.beside:
            wanted, got = (f"shares with tensor {now.beside}" if now.beside >= 0 else "apart" for now in (one, other))
            return Difference(_said(place, wanted), _said(place, got), f"{got.partition(' ')[0]} from each other")
    return None


def _where(one: ResultFacts) -> str:
    return f"on the storage of {one.on} from {one.offset}" if one.on else "on a storage of its own"


@RULES.rule(
    "decomposition.inputs",
    source="native_functions.yaml, write annotations",
    fault="a decomposition that writes its operand",
    applies=_sample,
    probe="sample-operands",
    sees=bool,
)
def inputs(expected: tuple[OperandLeft, ...], observed: tuple[OperandLeft, ...]) -> Difference | None:
    """A decomposition leaves every operand as the operator leaves it: the bytes of its storage, and its geometry.

    What is written is compared as values are; what a random operator writes is not compared.
    """
    said = ("not written", "written")
    for one, other in zip(expected, observed, strict=False):
        name, word = one.name, one.name.partition(".")[0]
        if one.written != other.written:
            wanted, got = said[bool(one.written)], said[bool(other.written)]
            return Difference(f"{name}: {wanted}", f"{name}: {got}", f"{got}: {word}")
        if one.geometry != other.geometry:
            geometry = [f"{name}: {list(size)} by {list(stride)} from {offset}"
                        for size, stride, offset, _ in (one.geometry, other.geometry)]  # fmt: skip
            return Difference(geometry[0], geometry[1], f"geometry differs: {word}")
        if one.content != other.content:
            found = one.content.apart(other.content)
            return Difference(f"{name}: {found[0]}", f"{name}: {found[1]}", f"written otherwise: {word}")
    return None


@RULES.rule(
    "decomposition.closed",
    source=_EXPORT,
    fault="a decomposition that gives up and leaves its operator",
    applies=_sample,
    probe="leaves",
)
def closed(expected: Leaves, observed: Leaves) -> Difference | None:
    """Decomposed by the table, and what comes of it again, an operator ends in operators that the table lacks."""
    if expected.listed == observed.listed:
        return None
    return Difference("no operator of the table", ", ".join(observed.listed), f"leaves {observed.listed[0]}")


@RULES.rule(
    "decomposition.functional",
    source=f"{_EXPORT}; torch/_functorch/_aot_autograd/graph_capture.py, the graph must be functional",
    fault="a decomposition that fills a result in place",
    applies=_sample,
    probe="leaves",
    sees=lambda expected: expected.writing is not ANYTHING,
)
def functional(expected: Leaves, observed: Leaves) -> Difference | None:
    """An operator whose schema writes nothing is decomposed into operators that write nothing."""
    if expected.writing == observed.writing:
        return None
    return Difference("no operator that writes", ", ".join(observed.writing), f"leaves {observed.writing[0]}")
