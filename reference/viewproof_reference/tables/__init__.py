"""The reference of export's decomposition table: a mapping of its own, the laws of its operations, and its contents.

`table` and the laws are pure Python; `contents` asks torch's dispatcher. None of it imports torch's table.
"""

from viewproof_reference.tables.operations import (
    ATEN,
    BY_TEXT,
    CUSTOM,
    OPERATIONS,
    ROLES,
    Doing,
    Given,
    Operation,
    all_operations,
    written,
)
from viewproof_reference.tables.steps import MINE, OWN, Roles, Situation, Step, beginning, situation, step, worded
from viewproof_reference.tables.table import DecompositionTable, Operators

__all__ = [
    "ATEN",
    "BY_TEXT",
    "CUSTOM",
    "MINE",
    "OPERATIONS",
    "OWN",
    "ROLES",
    "DecompositionTable",
    "Doing",
    "Given",
    "Operation",
    "Operators",
    "Roles",
    "Situation",
    "Step",
    "all_operations",
    "beginning",
    "situation",
    "step",
    "worded",
    "written",
]
