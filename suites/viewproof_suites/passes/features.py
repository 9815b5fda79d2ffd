"""Features that only known issues of the passes need. Those of a call also hold for a module of just this call."""

from __future__ import annotations

from viewproof.cases.model import Case, SparseArgument
from viewproof.contract.features import Features, base_of, outputs_of
from viewproof.evidence.expectation import Expectation
from viewproof_reference.layout import DTYPES

FEATURES = Features()


@FEATURES.feature("sparse-coo")
def _sparse_coo(case: Case, expectation: Expectation) -> bool:
    """The first operand is sparse, in coordinates."""
    first = case.args[0]
    return isinstance(first, SparseArgument) and first.kind == "sparse_coo"


@FEATURES.feature("out-complex")
def _out_complex(case: Case, expectation: Expectation) -> bool:
    """Some expected output is complex."""
    return any(DTYPES[one.dtype].kind == "complex" for one in outputs_of(expectation))


@FEATURES.feature("empty-along-dim")
def _empty_along_dim(case: Case, expectation: Expectation) -> bool:
    """The dimension that the last argument names has extent 0."""
    base, dim = base_of(case), case.args[-1]
    return base is not None and type(dim) is int and -len(base.size) <= dim < len(base.size) and base.size[dim] == 0
