"""Features of what functionalization refuses because of the tensor or storage that it puts in a base's place."""

from __future__ import annotations

from viewproof.cases.model import Case
from viewproof.contract.features import Features
from viewproof.evidence.expectation import Expectation
from viewproof_reference.layout import DTYPES, Layout, Refusal, contiguous_strides, element_count, predict
from viewproof_reference.programs import copied_base
from viewproof_suites.functionalization.program import strided_program

FEATURES = Features()


@FEATURES.feature("storage-ends-in-element")
def _ends_in_element(case: Case, expectation: Expectation) -> bool:
    """The bytes of the base's whole storage, which a write copies, are no whole number of the view's elements."""
    program = strided_program(case, expectation)
    if program is None:
        return False
    base = copied_base(program.base) if program.copies else program.base
    return any(base.storage_bytes % DTYPES[view.dtype].itemsize for view in program.layouts)


@FEATURES.feature("conjugates-for-real")
def _conjugates(case: Case, expectation: Expectation) -> bool:
    """A conj bit is resolved by a kernel, which complex32 has none of: the base bears one, and has elements."""
    program = strided_program(case, expectation)
    if program is None or program.copies or not program.base.conj:
        return False
    return element_count(program.base.size) > 0 and program.base.dtype == "complex32"


def _refused(layout: Layout, dtype: str) -> bool:
    laid = layout._replace(stride=contiguous_strides(layout.size), offset=0)
    try:
        predict("aten.view.dtype", [laid, dtype], {})
    except Refusal:
        return True
    return False


@FEATURES.feature("contiguous-no-dtype-view")
def _no_dtype_view(case: Case, expectation: Expectation) -> bool:
    """`view.dtype`: the base or the view, copied and so contiguous, has strides that are no view in the other's dtype.

    Contiguous strides count an empty dimension as 1, which no wider element divides.
    """
    program = strided_program(case, expectation)
    if program is None:
        return False
    base, view = program.base, program.layouts[0]
    return _refused(base, view.dtype) or _refused(view, base.dtype)
