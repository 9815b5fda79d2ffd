"""The catalog: every aten schema that has to do with views, classified by rule, none left out in silence."""

from __future__ import annotations

from viewproof.catalog.build import Disagreement, catalog, outside, tag_disagreements, unclassified
from viewproof.catalog.entry import KINDS, Entry

__all__ = ["KINDS", "Disagreement", "Entry", "catalog", "outside", "tag_disagreements", "unclassified"]
