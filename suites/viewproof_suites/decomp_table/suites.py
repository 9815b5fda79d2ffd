"""Suite `decomp_table`, level 5: export's decomposition table as a mapping, history by history, and its contents."""

from viewproof.contract.suite import Suite
from viewproof_suites.decomp_table import histories
from viewproof_suites.decomp_table.rules import RULES
from viewproof_suites.decomp_table.targets import TORCH_TABLE, TORCH_TABLE_NARROWED

DECOMP_TABLE = Suite(
    name="decomp_table",
    level=5,
    summary="the decomposition table: every short history of operations on it, and which operators it begins with",
    operators=histories.operators,
    families=histories.families,
    cases=histories.histories,
    targets=(TORCH_TABLE.name, TORCH_TABLE_NARROWED.name),
    rules=tuple(rule.name for rule in RULES),
)
