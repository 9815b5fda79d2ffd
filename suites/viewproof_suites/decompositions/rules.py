"""Level 5: a decomposition does what its operator does, and ends in operators that are not decomposed again."""

from __future__ import annotations

from functools import lru_cache

from viewproof.cases.answers import answers_of
from viewproof.catalog.overloads import resolve
from viewproof.contract.rule import Applies, Difference, Rules
from viewproof.evidence.observation import Observation
from viewproof.evidence.subject import Subject, Traits
from viewproof.samples.annotations import annotations_of
from viewproof.samples.closeness import differ
from viewproof.samples.run import ReturnedTensor, SampleRun
from viewproof.samples.tables import exported
from viewproof.samples.unvalued import has_no_values
from viewproof_suites.decompositions.answers import DecompositionAnswers

RULES = Rules(level=5, probe="answers")

_TABLE = "torch/_decomp/decompositions.py; torch/_refs/__init__.py"
_EXPORT = "torch/export/decomp_utils.py; torch/_decomp/__init__.py, core_aten_decompositions"
FOLLOWED = "decomposed-export"
"""The target that follows a decomposition to its end."""
_REAL = frozenset({"decomposed", FOLLOWED})
_EVERY = _REAL | {"decomposed-meta", "meta-registered"}


def _on(targets: frozenset[str], *, valued: bool = False) -> Applies:
    def applies(traits: Traits, target: str) -> bool:
        if traits.kind != "sample" or target not in targets:
            return False
        return not (valued and has_no_values(traits.operator))

    return applies


def _both(observation: Observation) -> tuple[SampleRun, SampleRun]:
    answers = answers_of(observation, DecompositionAnswers)
    return answers.operator, answers.decomposition


def _pairs(observation: Observation) -> list[tuple[int, ReturnedTensor, ReturnedTensor]]:
    operator, decomposition = _both(observation)
    if operator.structure != decomposition.structure:
        return []
    return [(place, one, other) for place, (one, other) in enumerate(zip(operator.tensors, decomposition.tensors))]  # noqa: B905


def _said(place: int, what: object) -> str:
    return f"tensor {place}: {list(what) if isinstance(what, tuple) else what}"


@RULES.rule(
    "decomposition.structure",
    source=_TABLE,
    fault="a decomposition that returns one tensor of two",
    applies=_on(_EVERY),
)
def structure(subject: Subject, observation: Observation) -> Difference | None:
    """A decomposition accepts what its operator accepts, and returns as many values, each of the same kind.

    A sample is a call that its operator runs: one that raises says nothing of its decomposition, and fails. Scalars
    that are returned are the same.
    """
    operator, decomposition = _both(observation)
    if operator.error:
        got = f"raises {operator.error}: {operator.message[:150]}"
        return Difference("the operator runs", got, f"operator raises {operator.error}")
    if operator.structure != decomposition.structure:
        return Difference(operator.structure, decomposition.structure, "structure differs")
    if repr(operator.scalars) != repr(decomposition.scalars) and not has_no_values(subject.case.operator):
        return Difference(repr(operator.scalars), repr(decomposition.scalars), "scalars differ")
    return None


@RULES.rule(
    "decomposition.size", source=_TABLE, fault="a decomposition that keeps a reduced dimension", applies=_on(_EVERY)
)
def size(subject: Subject, observation: Observation) -> Difference | None:
    """Each tensor that a decomposition returns has the size (elements) of the operator's."""
    for place, one, other in _pairs(observation):
        if one.size != other.size:
            return Difference(_said(place, one.size), _said(place, other.size), "size differs")
    return None


def _strides(one: ReturnedTensor, significant: bool) -> tuple[int | None, ...]:
    if 0 in one.size:
        return () if significant else one.stride
    return tuple(
        [step if (extent > 1) is significant else None for extent, step in zip(one.size, one.stride, strict=True)]
    )


@RULES.rule(
    "decomposition.stride",
    source=f"{_TABLE}; torch/_prims_common/__init__.py, compute_elementwise_output_strides",
    fault="a decomposition that returns a contiguous tensor where the operator keeps a permuted layout",
    applies=_on(_EVERY),
)
def stride(subject: Subject, observation: Observation) -> Difference | None:
    """Strides (elements) of dimensions that have more than one element are the operator's.

    A compiled program is guarded on the strides that its decompositions had.
    """
    return _stride(observation, True)


@RULES.rule(
    "decomposition.stride-exact",
    source=f"{_TABLE}; c10/core/Contiguity.h",
    fault="a decomposition that gives a dimension of one element another stride",
    applies=_on(_EVERY),
)
def stride_exact(subject: Subject, observation: Observation) -> Difference | None:
    """Strides of dimensions of one element, and of tensors without elements, are the operator's too."""
    return _stride(observation, False)


def _stride(observation: Observation, significant: bool) -> Difference | None:
    for place, one, other in _pairs(observation):
        if one.size == other.size and len(one.stride) == len(one.size) == len(other.stride):
            if _strides(one, significant) != _strides(other, significant):
                return Difference(_said(place, one.stride), _said(place, other.stride), "stride differs")
    return None


@RULES.rule(
    "decomposition.dtype",
    source=f"{_TABLE}; torch/_prims_common/wrappers.py, elementwise_type_promotion_wrapper",
    fault="a decomposition that promotes integers to float where the operator does not",
    applies=_on(_EVERY),
)
def dtype(subject: Subject, observation: Observation) -> Difference | None:
    """Each tensor that a decomposition returns has the operator's dtype, layout, device, and conj and neg bits."""
    placed = bool(_both(observation)[0].before) or "device" in dict(subject.case.kwargs)
    for place, one, other in _pairs(observation):
        device = subject.device if placed else one.device
        wanted = f"{one.dtype}{one.bits} {one.layout} on {device}"
        got = f"{other.dtype}{other.bits} {other.layout} on {other.device}"
        if wanted != got:
            what = "dtype" if one.dtype != other.dtype else "bits" if one.bits != other.bits else "device"
            return Difference(_said(place, wanted), _said(place, got), f"{what} differs")
    return None


@RULES.rule(
    "decomposition.values",
    source=f"{_TABLE}; torch/testing/_comparison.py, default tolerances",
    fault="a decomposition that adds where the operator subtracts",
    applies=_on(_REAL, valued=True),
)
def values(subject: Subject, observation: Observation) -> Difference | None:
    """Each tensor that a decomposition returns holds the operator's values; NaN stands where NaN stands.

    Integers, bits and what is a view of an operand are the same bit for bit. Of the rest, |observed - expected| is at
    most absolute + relative * |expected|: 1.3e-6 and 1e-5 for float32 and complex64, 1e-7 and 1e-7 for float64 and
    complex128, 1e-3 and 1e-5 for float16 and complex32, 1.6e-2 and 1e-5 for bfloat16. Random and uninitialized
    tensors are not compared.
    """
    writes = annotations_of(subject.case.operator).writes
    for place, one, other in _pairs(observation):
        if (one.size, one.dtype) != (other.size, other.dtype):
            continue
        found = differ(
            one.dtype, one.data, other.data, exactly=bool(one.shares) and one.shares.partition(".")[0] not in writes
        )
        if found is not None:
            return Difference(_said(place, found[0]), _said(place, found[1]), "values differ")
    return None


@RULES.rule(
    "decomposition.aliasing",
    source=f"{_TABLE}; native_functions.yaml, alias annotations",
    fault="a decomposition that returns its input",
    applies=_on(_EVERY),
)
def aliasing(subject: Subject, observation: Observation) -> Difference | None:
    """What a decomposition returns lies on an operand's storage exactly where what the operator returns does.

    A decomposition of a view is a view of the same positions: it begins at the same offset. One of a non-view shares
    nothing with its operands, and its results share nothing with each other.
    """
    for place, one, other in _pairs(observation):
        if one.shares != other.shares:
            shape = f"aliases {other.shares.partition('.')[0]}" if other.shares else "copies"
            return Difference(_said(place, _where(one)), _said(place, _where(other)), shape)
        if one.shares and one.offset != other.offset:
            return Difference(_said(place, _where(one)), _said(place, _where(other)), "offset differs")
        if one.beside != other.beside:
            wanted, got = (f"shares with tensor {now.beside}" if now.beside >= 0 else "apart" for now in (one, other))
            return Difference(_said(place, wanted), _said(place, got), f"{got.partition(' ')[0]} from each other")
    return None


def _where(one: ReturnedTensor) -> str:
    return f"on the storage of {one.shares} from {one.offset}" if one.shares else "on a storage of its own"


@RULES.rule(
    "decomposition.inputs",
    source="native_functions.yaml, write annotations",
    fault="a decomposition that writes its operand",
    applies=_on(_REAL),
)
def inputs(subject: Subject, observation: Observation) -> Difference | None:
    """A decomposition leaves every operand as the operator leaves it: the bytes of its storage, and its geometry.

    What is written is compared as values are; that of a random operator is only written or not.
    """
    operator, decomposition = _both(observation)
    loose = has_no_values(subject.case.operator)
    for before, one, other in zip(operator.before, operator.left, decomposition.left, strict=True):
        wanted, got = one != before, other != before
        if wanted != got and not loose:
            said = ("written", "not written")
            return Difference(
                f"{one.name}: {said[not wanted]}",
                f"{one.name}: {said[not got]}",
                f"{said[not got]}: {one.name.partition('.')[0]}",
            )
        if (one.size, one.stride, one.offset, one.bits) != (other.size, other.stride, other.offset, other.bits):
            geometry = [f"{one.name}: {list(now.size)} by {list(now.stride)} from {now.offset}" for now in (one, other)]
            return Difference(geometry[0], geometry[1], f"geometry differs: {one.name.partition('.')[0]}")
        if one.storage != other.storage and not loose and not one.moved:
            found = differ(one.dtype, one.storage, other.storage)
            if found is not None:
                name = one.name
                return Difference(
                    f"{name}: {found[0]}", f"{name}: {found[1]}", f"written otherwise: {name.partition('.')[0]}"
                )
    return None


@RULES.rule(
    "decomposition.closed",
    source=_EXPORT,
    fault="a decomposition that gives up and leaves its operator",
    applies=_on(frozenset({FOLLOWED})),
)
def closed(subject: Subject, observation: Observation) -> Difference | None:
    """Decomposed by the table, and what comes of it again, an operator ends in operators that the table lacks."""
    left = [name for name in answers_of(observation, DecompositionAnswers).leaves if name in exported()]
    return Difference("no operator of the table", ", ".join(left), f"leaves {left[0]}") if left else None


@lru_cache(maxsize=4096)
def _writes(operator: str) -> bool:
    return resolve(operator)._schema.is_mutable


@RULES.rule(
    "decomposition.functional",
    source=f"{_EXPORT}; torch/_functorch/_aot_autograd/graph_capture.py, the graph must be functional",
    fault="a decomposition that fills a result in place",
    applies=_on(frozenset({FOLLOWED})),
)
def functional(subject: Subject, observation: Observation) -> Difference | None:
    """An operator whose schema writes nothing is decomposed into operators that write nothing."""
    if _writes(subject.case.operator):
        return None
    writing = [name for name in answers_of(observation, DecompositionAnswers).leaves if _writes(name)]
    return Difference("no operator that writes", ", ".join(writing), f"leaves {writing[0]}") if writing else None
