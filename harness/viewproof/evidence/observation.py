"""TEMPORARY: what contracts that are not converted yet import. To be deleted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass
class OutputObservation:
    facts: Any
    shares: Any = None
    identity: Any = False


@dataclass
class Observation:
    outputs: Any
    error: Any = None
    answers: Any = None
    agreed: bool = False
