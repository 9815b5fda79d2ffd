"""The ways to run a case, one file each."""

from viewproof.observation import Observation, OutputObservation, TensorFacts
from viewproof.targets.crossref import CROSSREF_COPIES, CROSSREF_VIEWS
from viewproof.targets.crossref_reference import VIEWPROOF_CROSSREF_COPIES, VIEWPROOF_CROSSREF_VIEWS
from viewproof.targets.decomp_table import TORCH_TABLE, TORCH_TABLE_NARROWED
from viewproof.targets.decomposition import DECOMPOSED, DECOMPOSED_EXPORT, DECOMPOSED_META, META_REGISTERED
from viewproof.targets.eager import EAGER
from viewproof.targets.fake import FAKE, FAKE_NOCACHE
from viewproof.targets.functional_graph import FUNCTIONALIZE_GRAPH
from viewproof.targets.functional_mode import FUNCTIONAL_MODE
from viewproof.targets.functionalize import FUNCTIONALIZE, FUNCTIONALIZE_COPIES
from viewproof.targets.inverse import INVERSE, INVERSE_COPY, INVERSE_SCATTER
from viewproof.targets.meta import META, META_PYTHON
from viewproof.targets.model import Session, Target
from viewproof.targets.passes import (
    SIDE_EFFECTS_PASS,
    SIDE_EFFECTS_REFERENCE,
    VIEW_TO_COPY_PASS,
    VIEW_TO_COPY_REFERENCE,
)
from viewproof.targets.passes_decomposed import RUN_DECOMPOSITIONS, RUN_DECOMPOSITIONS_VIEWS
from viewproof.targets.schema_truth import SAMPLED
from viewproof.targets.torchgen import LIVE_CLASS, TORCHGEN

_ALL = (
    EAGER, META, META_PYTHON, FAKE, FAKE_NOCACHE,
    TORCHGEN, LIVE_CLASS, INVERSE, INVERSE_SCATTER, INVERSE_COPY,
    FUNCTIONALIZE, FUNCTIONALIZE_COPIES, FUNCTIONAL_MODE, FUNCTIONALIZE_GRAPH,
    CROSSREF_VIEWS, CROSSREF_COPIES, VIEWPROOF_CROSSREF_VIEWS, VIEWPROOF_CROSSREF_COPIES,
    DECOMPOSED, DECOMPOSED_EXPORT, DECOMPOSED_META, META_REGISTERED, SAMPLED,
    TORCH_TABLE, TORCH_TABLE_NARROWED,
    VIEW_TO_COPY_PASS, VIEW_TO_COPY_REFERENCE, SIDE_EFFECTS_PASS, SIDE_EFFECTS_REFERENCE,
    RUN_DECOMPOSITIONS, RUN_DECOMPOSITIONS_VIEWS,
)  # fmt: skip
TARGETS: dict[str, Target] = {target.name: target for target in _ALL}


def find_target(name: str) -> Target:
    """The target called `name`. Raises ValueError, listing the names there are."""
    if name not in TARGETS:
        raise ValueError(f"target {name!r}: wanted one of {', '.join(TARGETS)}")
    return TARGETS[name]


__all__ = ["TARGETS", "Observation", "OutputObservation", "Session", "Target", "TensorFacts", "find_target"]
