"""The ways to run a case, one file each."""

from viewproof.observation import Observation, OutputObservation, TensorFacts
from viewproof.targets.eager import EAGER
from viewproof.targets.fake import FAKE, FAKE_NOCACHE
from viewproof.targets.functional_graph import FUNCTIONALIZE_GRAPH
from viewproof.targets.functional_mode import FUNCTIONAL_MODE
from viewproof.targets.functionalize import FUNCTIONALIZE, FUNCTIONALIZE_COPIES
from viewproof.targets.inverse import INVERSE, INVERSE_COPY, INVERSE_SCATTER
from viewproof.targets.meta import META, META_PYTHON
from viewproof.targets.model import Session, Target
from viewproof.targets.torchgen import LIVE_CLASS, TORCHGEN

_ALL = (
    EAGER, META, META_PYTHON, FAKE, FAKE_NOCACHE,
    TORCHGEN, LIVE_CLASS, INVERSE, INVERSE_SCATTER, INVERSE_COPY,
    FUNCTIONALIZE, FUNCTIONALIZE_COPIES, FUNCTIONAL_MODE, FUNCTIONALIZE_GRAPH,
)  # fmt: skip
TARGETS: dict[str, Target] = {target.name: target for target in _ALL}


def find_target(name: str) -> Target:
    """The target called `name`. Raises ValueError, listing the names there are."""
    if name not in TARGETS:
        raise ValueError(f"target {name!r}: wanted one of {', '.join(TARGETS)}")
    return TARGETS[name]


__all__ = ["TARGETS", "Observation", "OutputObservation", "Session", "Target", "TensorFacts", "find_target"]
