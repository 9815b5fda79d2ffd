"""The catalog: every aten schema that has to do with views, classified by rule, none left out in silence."""

from viewproof.catalog.build import catalog, unclassified

__all__ = ["catalog", "unclassified"]
