"""Suite `aliasing`, level 2: whose storage an output is on, what it reads there, and what writes to it change."""

from viewproof.generate import cases, families
from viewproof.suite import Suite
from viewproof_suites.subjects import views

ALIASING = Suite(
    name="aliasing",
    level=2,
    summary="storage sharing, reads, writes both ways, versions and _base",
    operators=views,
    families=families,
    cases=cases,
    targets=("eager", "meta", "fake"),
    rules=(
        "alias.storage",
        "alias.identity",
        "alias.bounds",
        "alias.read",
        "alias.write-through",
        "alias.inputs-unchanged",
        "alias.version",
        "alias.base",
    ),
)
