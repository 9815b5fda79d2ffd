"""Suite `inplace`, level 2: operators that change their operand's size, stride or storage in place."""

from viewproof.generate import cases, families
from viewproof.suite import Suite
from viewproof_suites.subjects import inplace_views
from viewproof_suites.views import ALL_TARGETS, LAYOUT_RULES

INPLACE = Suite(
    name="inplace",
    level=2,
    summary="inplace-view operators: the operand's new layout, on the same storage, with the same elements",
    operators=inplace_views,
    families=families,
    cases=cases,
    targets=ALL_TARGETS,
    rules=(
        *LAYOUT_RULES,
        "alias.storage",
        "alias.identity",
        "alias.bounds",
        "alias.read",
        "alias.write-through",
    ),
)
