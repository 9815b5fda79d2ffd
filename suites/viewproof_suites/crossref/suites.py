"""Suite `crossref`, level 4: each view on fake tensors and functionalized, by torch's crossref and by the reference's.

In `quick` there is one case of each operator and family, and the smallest one of each known issue that those miss, so
that a run notices when it is fixed; the other profiles have all cases.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from zlib import crc32

from viewproof.cases import parse_case
from viewproof.cases.model import Case
from viewproof.contract.suite import Suite
from viewproof.evidence.expectation import expect
from viewproof.generate import cases
from viewproof_suites.crossref.rules import RULES
from viewproof_suites.views.operators import strided_families, views

#: An operator's only family in `quick`: one case of each of its families.
EACH = "each"
#: Views that need a forward-mode level, or whose outputs have no functional wrapper.
_NO_WRAPPER = frozenset({"aten._make_dual.default", "aten._nested_view_from_buffer.default"})


_SMALLEST = (
    "aten._reshape_alias.default(int64[2,6]:[1,2], [12], [1])",
    "aten._test_autograd_multiple_dispatch_view.default(bool[0]:[0]@4)",
    "aten._unsafe_view.default(int8[2,0]:[0,0]@4, [2,0])",
    "aten.as_strided.default(float32[]+3@5~neg, [2], [1])",
    "aten.lift.default(float32[1]:[5]~neg)",
    "aten.slice_inverse.default(complex128[0]:[0]@4, complex128[0]+4@4, 0, 0, None, 1)",
    "aten.slice_inverse.default(float16[2]:[3]@6, float16[2]:[2]+1, 0, 0, None, 1)",
    "aten.slice_inverse.default(int64[0], int64[0])",
    "aten.slice_inverse.default(int64[5]+4, int64[1]:[3], 0, 1, 2, 1)",
    "aten.slice_inverse.default(uint8[2]+9, uint8[2]:[2], 0)",
    "aten.tensor_split.tensor_indices_or_sections(int64[2,6]:[1,2], int64[0]{}, 1)",
    "aten.to.device(float32[1]:[5]~neg, cpu, int8)",
    "aten.to.device(uint32[1]:[0], cpu, uint32, False, True, preserve_format)",
    "aten.to.dtype_layout(int8[1]:[5], copy=True, memory_format=None)",
)


@cache
def _operators() -> tuple[str, ...]:
    return tuple([name for name in views() if name not in _NO_WRAPPER and strided_families(name, "quick")])


def _families(operator: str, profile: str) -> tuple[str, ...]:
    return (EACH,) if profile == "quick" else strided_families(operator, profile)


def _cases(operator: str, family: str, profile: str) -> Iterator[Case]:
    if family != EACH:
        yield from cases(operator, family, profile)
        return
    for one in strided_families(operator, profile):
        found = [case for case in cases(operator, one, profile) if expect(case).refusal is None]
        if found:
            yield found[crc32(f"{operator}@{one}".encode()) % len(found)]
    yield from [case for case in map(parse_case, _SMALLEST) if case.operator == operator]


CROSSREF = Suite(
    name="crossref",
    level=4,
    summary="fake and functionalized runs of each view agree; torch's crossref says what there is to say",
    operators=_operators,
    families=_families,
    cases=_cases,
    targets=("crossref-views", "crossref-copies", "viewproof-crossref-views", "viewproof-crossref-copies"),
    rules=tuple(rule.name for rule in RULES),
)
