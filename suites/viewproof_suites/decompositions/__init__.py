"""Contract on torch's decomposition tables: each entry must do on samples what its operator does."""

from importlib import resources

from viewproof.cases.kinds import Kind
from viewproof.contract.contract import Contract
from viewproof.contract.features import Features
from viewproof.samples.cases import SampleCase, read_sample, write_sample
from viewproof_suites.decompositions import rules, suites, targets
from viewproof_suites.decompositions.features import sample_arguments, samples
from viewproof_suites.decompositions.scripts import sample_script

CONTRACT = Contract(
    name="decompositions",
    summary="every decomposition against its operator: layout, values, aliasing, and what it ends in",
    chapter=6,
    suites=(suites.DECOMPOSITIONS,),
    targets=(targets.DECOMPOSED, targets.DECOMPOSED_EXPORT, targets.DECOMPOSED_META, targets.META_REGISTERED),
    rules=tuple(rules.RULES),
    kinds=(Kind("sample", SampleCase, read_sample, write_sample, lambda _: None),),
    features=Features.together(samples.FEATURES, sample_arguments.FEATURES),
    known_issues=resources.files(__name__) / "known_issues",
    script=sample_script,
)
