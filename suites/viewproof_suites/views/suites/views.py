"""Suite `views`, level 1: what every accepted view call returns looks like what the reference says, on every target."""

from viewproof.generate import cases, families
from viewproof.suite import Suite
from viewproof_suites.subjects import views

ALL_TARGETS = ("eager", "meta", "meta-python", "fake", "fake-nocache")
LAYOUT_RULES = (
    "layout.size",
    "layout.stride",
    "layout.stride-exact",
    "layout.offset",
    "layout.dtype",
    "layout.flags",
)

VIEWS = Suite(
    name="views",
    level=1,
    summary="size, stride, offset, dtype and flags of every accepted view call",
    operators=views,
    families=families,
    cases=cases,
    targets=ALL_TARGETS,
    rules=LAYOUT_RULES,
)
