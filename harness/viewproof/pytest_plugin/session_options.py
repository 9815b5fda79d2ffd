"""The plugin's options as read for one session."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

WANTED = pytest.StashKey["SessionOptions"]()


@dataclass(frozen=True, slots=True)
class SessionOptions:
    """What the options ask for. `out` is None for a directory that is thrown away where everything conforms."""

    device: str
    profile: str
    imports: tuple[str, ...]
    jobs: int | None
    out: Path | None
