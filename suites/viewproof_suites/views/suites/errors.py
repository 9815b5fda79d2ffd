"""Suite `errors`, level 1: what the reference refuses is refused by every target, in eager's exception class."""

from viewproof.generate import cases, families
from viewproof.suite import Suite
from viewproof_suites.subjects import inplace_views, views
from viewproof_suites.views import ALL_TARGETS


def _operators() -> tuple[str, ...]:
    return tuple(sorted((*views(), *inplace_views())))


ERRORS = Suite(
    name="errors",
    level=1,
    summary="bad arguments are refused alike",
    operators=_operators,
    families=families,
    cases=cases,
    targets=ALL_TARGETS,
    rules=("error.refused",),
    refused=True,
)
