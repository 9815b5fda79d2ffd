"""viewproof: the conformance suite for the view contract of PyTorch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from viewproof.live import crossref

__version__ = "0.1.0"
__all__ = ["__version__", "crossref"]


def __getattr__(name: str) -> Any:
    """`viewproof.crossref`, loaded when it is asked for: importing viewproof loads no torch."""
    if name == "crossref":
        from viewproof.live import crossref

        return crossref
    raise AttributeError(f"module 'viewproof' has no attribute {name!r}")
