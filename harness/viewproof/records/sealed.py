"""JSON files that end with a digest of themselves, so that one that was edited or torn is known.

The digest is over the bytes that were written, and is verified on the bytes that are there. A file without one was
written by an earlier version.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from viewproof.records.refused import refused, unreadable
from viewproof.records.spelled import spelled_out
from viewproof.regular import read_regular

DIGEST = "digest"
#: What stands between the content and the digest's digits, and behind these. No text of JSON's holds such a line end.
_BEFORE, _BEHIND = b',\n "digest": "sha256:', b'"\n}\n'


class Sealed(NamedTuple):
    """A file as it was read: its content without the digest, its bytes, and whether it has a digest (which holds)."""

    content: dict[str, Any]
    data: bytes
    sealed: bool


def sealed(content: Mapping[str, Any]) -> bytes:
    """The bytes of a file with this content, which has at least one member, and its digest."""
    members = {name: one for name, one in content.items() if name != DIGEST}
    try:
        text = _text(members)
    except UnicodeEncodeError:
        text = _text(spelled_out(members))
    body = text.removesuffix(b"\n}")
    return b"".join((body, _BEFORE, hashlib.sha256(body).hexdigest().encode(), _BEHIND))


def _text(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content, indent=1, ensure_ascii=False).encode("utf-8")


def read_sealed(path: Path, wanted: str) -> Sealed:
    """The file `path`; `wanted` says in words what it should be.

    Raises UsageError where it cannot be read, is no object of JSON, or has a digest that does not hold.
    """
    try:
        data = read_regular(path)
        content = msgspec.json.decode(data, type=dict[str, Any])
    except (OSError, ValueError, RecursionError) as error:
        raise unreadable(path, wanted, error) from error
    said = content.pop(DIGEST, None)
    if said is None:
        return Sealed(content, data, sealed=False)
    body, _, digits = data.rpartition(_BEFORE)
    digest = f"sha256:{hashlib.sha256(body).hexdigest()}"
    if not body or digits != digest.removeprefix("sha256:").encode() + _BEHIND:
        raise refused(path, f"the bytes that its digest was made of ({_digits(said)})", f"others ({_digits(digest)})")
    return Sealed(content, data, sealed=True)


def _digits(digest: object) -> str:
    """The beginning of a digest, enough to tell two apart."""
    return str(digest)[:19]
