"""Suite `replay`, level 2: torch's own replay of a view on another base, and the gradient of a read."""

from viewproof.generate import cases, families
from viewproof.suite import Suite
from viewproof_suites.subjects import views

REPLAY = Suite(
    name="replay",
    level=2,
    summary="view replay on another base, and exact gradients in both modes",
    operators=views,
    families=families,
    cases=cases,
    targets=("eager",),
    rules=("replay.view-func", "grad.read"),
)
