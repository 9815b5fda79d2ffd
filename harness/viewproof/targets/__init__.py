"""The ways to run a case, one file each."""

from viewproof.observation import Observation, OutputObservation, TensorFacts
from viewproof.targets.eager import EAGER
from viewproof.targets.fake import FAKE, FAKE_NOCACHE
from viewproof.targets.meta import META, META_PYTHON
from viewproof.targets.model import Session, Target

TARGETS: dict[str, Target] = {target.name: target for target in (EAGER, META, META_PYTHON, FAKE, FAKE_NOCACHE)}


def find_target(name: str) -> Target:
    """The target called `name`. Raises ValueError, listing the names there are."""
    if name not in TARGETS:
        raise ValueError(f"target {name!r}: wanted one of {', '.join(TARGETS)}")
    return TARGETS[name]


__all__ = ["TARGETS", "Observation", "OutputObservation", "Session", "Target", "TensorFacts", "find_target"]
