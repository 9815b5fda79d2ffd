"""Contract on export's two passes on exported graphs: views replaced by copies, side effects chained by tokens."""

from importlib import resources

from viewproof.cases.kinds import Kind
from viewproof.contract.contract import Contract
from viewproof.exported.modules import ModuleCase, call_in_module, read_module, words_of_module, write_module
from viewproof_suites.passes import features, suites
from viewproof_suites.passes.rules import decomposed as decomposed_rules
from viewproof_suites.passes.rules import effects, kept, results
from viewproof_suites.passes.scripts import pass_script
from viewproof_suites.passes.targets import decomposed, passes

CONTRACT = Contract(
    name="passes",
    summary="the passes that replace views with copies and chain side effects, on exported graphs",
    chapter=9,
    suites=(suites.PASSES, suites.DECOMPOSED_PASSES),
    targets=(
        passes.VIEW_TO_COPY_PASS, passes.VIEW_TO_COPY_REFERENCE,
        passes.SIDE_EFFECTS_PASS, passes.SIDE_EFFECTS_REFERENCE,
        decomposed.RUN_DECOMPOSITIONS, decomposed.RUN_DECOMPOSITIONS_VIEWS,
    ),
    rules=(*results.RULES, *decomposed_rules.RULES, *effects.RULES, *kept.RULES),
    kinds=(
        Kind(
            "module", ModuleCase, read_module, write_module, lambda _: None,
            words=words_of_module, call_in=call_in_module,
        ),
    ),
    features=features.FEATURES,
    known_issues=resources.files(__name__) / "known_issues",
    script=pass_script,
    costly_scripts=True,
)  # fmt: skip
