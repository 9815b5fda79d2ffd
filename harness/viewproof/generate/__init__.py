"""Cases of every view operator, from families of bases and from what its arguments mean. Plain Python, no torch."""

from __future__ import annotations

from viewproof.generate import (
    broadcast,
    copies,
    dual,
    identity,
    index,
    inplace,
    nested,
    order,
    reinterpret,
    reshape,
    shape,
    sparse,
    split,
)
from viewproof.generate.sweep import PROFILES, cases, families, generated_operators, has_generator

GENERATOR_MODULES = (
    broadcast, copies, dual, identity, index, inplace, nested, order, reinterpret, reshape, shape, sparse, split,
)  # fmt: skip

__all__ = ["GENERATOR_MODULES", "PROFILES", "cases", "families", "generated_operators", "has_generator"]
