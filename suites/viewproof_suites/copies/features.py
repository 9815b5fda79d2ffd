"""Features of the copies' cases: of the outs that are passed, and of the arguments of `narrow_copy`."""

# Every feature takes the case and what the reference says of it.

from __future__ import annotations

from viewproof.cases.model import Case, DualArgument, TensorArgument
from viewproof.contract.features import Features, dense, significant
from viewproof.evidence.expectation import Expectation
from viewproof_reference.layout import Layout
from viewproof_reference.layout.algebra import is_contiguous
from viewproof_reference.layout.copies import repeats

FEATURES = Features()


def outs_of(case: Case) -> list[TensorArgument]:
    """The strided tensors passed as `out=`."""
    out = dict(case.kwargs).get("out")
    return [one for one in (out if type(out) is tuple else (out,)) if isinstance(one, TensorArgument)]


def _written(case: Case, expectation: Expectation) -> list[tuple[Layout, Layout]]:
    # Each out before the call, and as it must be after it.
    outputs = [one.layout for one in expectation.outputs or () if isinstance(one.layout, Layout)]
    return [(one.layout, wanted) for one, wanted in zip(outs_of(case), outputs, strict=False)]


@FEATURES.feature("out-resized")
def _resized(case: Case, expectation: Expectation) -> bool:
    """An out has another size than what is written to it."""
    return any(old.size != new.size for old, new in _written(case, expectation))


@FEATURES.feature("out-resized-with-elements")
def _resized_full(case: Case, expectation: Expectation) -> bool:
    """An out that has elements has another size than what is written to it."""
    return any(old.size != new.size and 0 not in old.size for old, new in _written(case, expectation))


@FEATURES.feature("out-restrided")
def _restrided(case: Case, expectation: Expectation) -> bool:
    """An out differs from what is written to it in a stride that an element depends on."""
    return any(significant(old) != significant(new) for old, new in _written(case, expectation))


@FEATURES.feature("out-strided")
def _strided(case: Case, expectation: Expectation) -> bool:
    """An out has elements that are not in row-major order without gaps."""
    return any(not is_contiguous(new.size, new.stride) for _, new in _written(case, expectation))


@FEATURES.feature("out-gaps")
def _gaps(case: Case, expectation: Expectation) -> bool:
    """An out is not one dense block, in any order of dimensions."""
    return any(not dense(new) for _, new in _written(case, expectation))


@FEATURES.feature("out-lazy")
def _lazy(case: Case, expectation: Expectation) -> bool:
    """An out is conj or neg."""
    return any(one.layout.conj or one.layout.neg for one in outs_of(case))


@FEATURES.feature("dual-plain")
def _dual_plain(case: Case, expectation: Expectation) -> bool:
    """The operand is no dual tensor, or one without a tangent."""
    first = case.args[0]
    return not isinstance(first, DualArgument) or first.tangent is None


# Operands that torch recognizes to overlap themselves. `zero-stride` also counts dimensions of one or no element.
FEATURES.on_base("repeats", repeats)


def _narrowed(case: Case) -> tuple[int, int] | None:
    # Start and length of a narrow.
    numbers = [one for one in case.args[2:4] if type(one) is int]
    return (numbers[0], numbers[1]) if len(numbers) == 2 else None


@FEATURES.feature("narrow-wraps")
def _narrow_wraps(case: Case, expectation: Expectation) -> bool:
    """A start counted from the end, and a slice that reaches the end."""
    found = _narrowed(case)
    return found is not None and found[0] < 0 < found[1] and found[0] + found[1] == 0


@FEATURES.feature("narrow-one")
def _narrow_one(case: Case, expectation: Expectation) -> bool:
    """The slice has one element along the dimension."""
    found = _narrowed(case)
    return found is not None and found[1] == 1
