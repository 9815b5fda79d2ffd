"""Contract on the alias annotations of aten's schemas: whether operators alias and write what they say."""

from importlib import resources

from viewproof.cases.kinds import Kind
from viewproof.contract.contract import Contract
from viewproof.samples.cases import SampledCase, read_sampled, write_sampled
from viewproof_suites.decompositions.scripts import sample_script
from viewproof_suites.schemas import rules, suites, targets

CONTRACT = Contract(
    name="schemas",
    summary="what each aten operator aliases and writes, against what its schema says",
    chapter=7,
    suites=(suites.SCHEMAS,),
    targets=(targets.SAMPLED,),
    rules=tuple(rules.RULES),
    kinds=(Kind("samples", SampledCase, read_sampled, write_sampled, lambda _: None),),
    known_issues=resources.files(__name__) / "known_issues",
    script=sample_script,
)
