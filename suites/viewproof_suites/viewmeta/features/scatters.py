"""Features of scatters to a base that has lazy bits or repeats elements, of which torch makes a copy to write into."""

# Every feature takes the case and what the reference says of it.

from __future__ import annotations

from viewproof.cases.model import Case
from viewproof.contract.features import Features, base_of
from viewproof.evidence.expectation import Expectation
from viewproof_reference.inverses import DataTensor, filled
from viewproof_reference.layout import Layout, Refusal, predict
from viewproof_reference.layout.copies import repeats
from viewproof_reference.layout.positions import needed_bytes
from viewproof_reference.layout.reshape import preserved_strides
from viewproof_suites.viewmeta.features.inverses import mutated_views
from viewproof_suites.viewmeta.inverses import contents

FEATURES = Features()


@FEATURES.feature("out-repeats")
def _out_repeats(case: Case, expectation: Expectation) -> bool:
    """An output that is a view has a dimension of several elements with stride 0. `out-zero-stride` is wider."""
    return any(repeats(view) for view in mutated_views(expectation))


def _scatter_copy(base: Layout) -> Layout:
    # The tensor that the scatter operators write into: like the operand, but dense and at offset 0 where it has lazy
    # bits (it is resolved first) or repeats elements (torch does not keep its strides).
    if not (base.conj or base.neg or repeats(base)):
        return base
    dense = base._replace(stride=preserved_strides(base.size, base.stride), offset=0, conj=False, neg=False)
    return dense._replace(storage_bytes=needed_bytes(dense))


# Operands of which such a copy is made.
FEATURES.on_base("copied-apart", lambda base: base.conj or base.neg or repeats(base))


@FEATURES.feature("strided-past-copy")
def _past_copy(case: Case, expectation: Expectation) -> bool:
    """`as_strided` with the same arguments, on the dense copy of a lazy or repeating operand, is out of bounds."""
    base = base_of(case)
    if base is None:
        return False
    try:
        predict(case.operator, [_scatter_copy(base), *case.args[1:]], dict(case.kwargs))
    except Refusal:
        return True
    return False


@FEATURES.feature("strided-elsewhere")
def _elsewhere(case: Case, expectation: Expectation) -> bool:
    """`as_strided` with the same arguments names other elements in that copy than in the operand."""
    base, views = base_of(case), mutated_views(expectation)
    if base is None or len(views) != 1:
        return False
    before, changed = contents(base.storage_bytes, base.dtype)
    copy = _scatter_copy(base)
    try:
        (output,) = predict(case.operator, [copy, *case.args[1:]], dict(case.kwargs))
    except Refusal:
        return False
    if not isinstance(output.layout, Layout):
        return False
    (view,) = views
    written = DataTensor(view, changed).values
    due = filled(view, written, before)
    got = filled(output.layout, written, filled(copy, DataTensor(base, before).values).storage)
    return DataTensor(base, due.storage).values != DataTensor(copy, got.storage).values
