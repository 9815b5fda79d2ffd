"""What both reference passes need for fx graphs: a copy to work on, the graphs inside, and the nodes' fake values."""

from viewproof_reference.replacements.graphs.copying import copied, inner_graphs, refreshed
from viewproof_reference.replacements.graphs.values import revalued

__all__ = ["copied", "inner_graphs", "refreshed", "revalued"]
