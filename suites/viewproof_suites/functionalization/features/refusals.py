"""Features of programs that functionalization refuses because of the tensor or storage that it replaces a base by."""

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
    """The base's storage, which a write copies whole, is no whole number of the view's elements long."""
    program = strided_program(case, expectation)
    if program is None:
        return False
    base = copied_base(program.base) if program.copies else program.base
    return any(base.storage_bytes % DTYPES[view.dtype].itemsize for view in program.layouts)


@FEATURES.feature("conjugates-for-real")
def _conjugates(case: Case, expectation: Expectation) -> bool:
    """The base is complex32, has a conj bit and has elements: torch has no kernel to resolve the bit in that dtype."""
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
    """For `view.dtype`: a contiguous copy of the base or of the view cannot be viewed in the dtype of the other.

    Contiguous strides count an empty dimension as 1, which is no multiple of a wider element.
    """
    program = strided_program(case, expectation)
    if program is None:
        return False
    base, view = program.base, program.layouts[0]
    return _refused(base, view.dtype) or _refused(view, base.dtype)
