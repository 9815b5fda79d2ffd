"""The hash by which records know a case: short, and the same in every process."""

from __future__ import annotations

from hashlib import blake2b


def signature_of(name: str) -> int:
    """The 64-bit signature of a case, from its name."""
    return int.from_bytes(blake2b(name.encode("utf-8", "backslashreplace"), digest_size=8).digest(), "big")
