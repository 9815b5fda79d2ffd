"""The live mode: a user's own program, each view call in it checked while it runs, and once more by its case's name."""

from viewproof.live.session import crossref

__all__ = ["crossref"]
