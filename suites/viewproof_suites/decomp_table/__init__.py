"""Contract on export's custom decomposition table: its behaviour as a mapping, and its initial contents."""

from importlib import resources

from viewproof.cases.kinds import Kind
from viewproof.contract.contract import Contract
from viewproof_suites.decomp_table import cases, features, rules, suites, targets
from viewproof_suites.decomp_table.scripts import table_script

CONTRACT = Contract(
    name="decomp_table",
    summary="the decomposition table of export: every short history of operations on it, and its first contents",
    chapter=8,
    suites=(suites.DECOMP_TABLE,),
    targets=(targets.TORCH_TABLE, targets.TORCH_TABLE_NARROWED),
    rules=tuple(rules.RULES),
    kinds=(
        Kind(
            "history", cases.HistoryCase, cases.read_history, cases.write_history, lambda _: None,
            words=cases.words_of_history,
        ),
        Kind("entries", cases.EntriesCase, cases.read_entries, cases.write_entries, lambda _: None),
    ),
    features=features.FEATURES,
    known_issues=resources.files(__name__) / "known_issues",
    script=table_script,
    costly_scripts=True,
)  # fmt: skip
