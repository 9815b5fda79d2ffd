"""Features of copies: of the outs that a call is given, and of what it narrows."""

# Every feature takes the case and what the reference says of it.
# ruff: noqa: ARG001

from __future__ import annotations

from viewproof.cases.model import Case, DualArgument, TensorArgument
from viewproof.expectation import Expectation
from viewproof_reference.layout import Layout, contiguous_strides
from viewproof_reference.layout.copies import repeats
from viewproof_reference.layout.positions import positions
from viewproof_suites.features import base_of, feature

#: The dtypes that no kernel of torch's negates.
WITHOUT_NEGATION = frozenset({"bool", "uint16", "uint32", "uint64"})


def outs_of(case: Case) -> list[TensorArgument]:
    """The strided tensors passed as `out=`."""
    out = dict(case.kwargs).get("out")
    return [one for one in (out if type(out) is tuple else (out,)) if isinstance(one, TensorArgument)]


def _written(case: Case, expectation: Expectation) -> list[tuple[Layout, Layout]]:
    # Each out as it came, and as it must be after the call.
    outputs = [one.layout for one in expectation.outputs or () if isinstance(one.layout, Layout)]
    return [(one.layout, wanted) for one, wanted in zip(outs_of(case), outputs, strict=False)]


@feature("out-resized")
def _resized(case: Case, expectation: Expectation) -> bool:
    return any(old.size != new.size for old, new in _written(case, expectation))


@feature("out-resized-with-elements")
def _resized_full(case: Case, expectation: Expectation) -> bool:
    return any(old.size != new.size and 0 not in old.size for old, new in _written(case, expectation))


@feature("out-strided")
def _strided(case: Case, expectation: Expectation) -> bool:
    return any(_off_contiguous(new) for _, new in _written(case, expectation))


def _off_contiguous(layout: Layout) -> bool:
    steps = zip(layout.size, layout.stride, contiguous_strides(layout.size), strict=True)
    return 0 not in layout.size and any(extent > 1 and step != dense for extent, step, dense in steps)


@feature("out-gaps")
def _gaps(case: Case, expectation: Expectation) -> bool:
    # Strided, and not one dense block in another order.
    laid = [(new.offset, sorted(positions(new))) for _, new in _written(case, expectation)]
    return any(places != list(range(offset, offset + len(places))) for offset, places in laid)


@feature("out-lazy")
def _lazy(case: Case, expectation: Expectation) -> bool:
    return any(one.layout.conj or one.layout.neg for one in outs_of(case))


@feature("no-neg-kernel")
def _no_neg_kernel(case: Case, expectation: Expectation) -> bool:
    base = base_of(case)
    return base is not None and (base.dtype in WITHOUT_NEGATION or base.dtype.startswith("float8"))


@feature("dual-plain")
def _dual_plain(case: Case, expectation: Expectation) -> bool:
    first = case.args[0]
    return not isinstance(first, DualArgument) or first.tangent is None


@feature("zero-stride-base")
def _expanded_base(case: Case, expectation: Expectation) -> bool:
    base = base_of(case)
    return base is not None and repeats(base)


def _narrowed(case: Case) -> tuple[int, int] | None:
    # Start and length of a narrow.
    numbers = [one for one in case.args[2:4] if type(one) is int]
    return (numbers[0], numbers[1]) if len(numbers) == 2 else None


@feature("narrow-wraps")
def _narrow_wraps(case: Case, expectation: Expectation) -> bool:
    # A start counted from the end, and a slice that reaches the end.
    found = _narrowed(case)
    return found is not None and found[0] < 0 < found[1] and found[0] + found[1] == 0


@feature("narrow-one")
def _narrow_one(case: Case, expectation: Expectation) -> bool:
    found = _narrowed(case)
    return found is not None and found[1] == 1
