"""viewproof: the conformance suite for the view contract of PyTorch."""

__version__ = "0.1.0"
