"""The reference of export's decomposition table: a mapping of its own, the laws of its operations, and its contents.

`table` and the laws are pure Python; the contents are read from torch's dispatcher. None of it imports torch's table.
"""

from viewproof_reference.tables.operations import ATEN, OPERATIONS, ROLES, Operation, OperationInputs, written
from viewproof_reference.tables.steps import MINE, OWN, Roles, Situation, Step, beginning, situation, step, worded
from viewproof_reference.tables.table import DecompositionTable

__all__ = [
    "ATEN",
    "MINE",
    "OPERATIONS",
    "OWN",
    "ROLES",
    "DecompositionTable",
    "Operation",
    "OperationInputs",
    "Roles",
    "Situation",
    "Step",
    "beginning",
    "situation",
    "step",
    "worded",
    "written",
]  # fmt: skip
