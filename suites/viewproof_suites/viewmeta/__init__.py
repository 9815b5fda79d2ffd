"""Contract on functionalization's knowledge of each view: torchgen's API, the ViewMeta classes, and the inverses."""

from importlib import resources

from viewproof.cases.kinds import Kind
from viewproof.contract.contract import Contract
from viewproof.contract.features import Features
from viewproof_suites.viewmeta import cases, groups, suites
from viewproof_suites.viewmeta.features import inverses, scatters
from viewproof_suites.viewmeta.rules import inverse as inverse_rules
from viewproof_suites.viewmeta.rules import viewmeta as viewmeta_rules
from viewproof_suites.viewmeta.scripts import viewmeta_script
from viewproof_suites.viewmeta.targets import inverse, torchgen

CONTRACT = Contract(
    name="viewmeta",
    summary="torchgen's functionalization API, the ViewMeta classes, and the inverse of every view",
    chapter=3,
    suites=(suites.VIEWMETA,),
    targets=(
        torchgen.TORCHGEN, torchgen.LIVE_CLASS,
        inverse.BY_AUTOGRAD, inverse.INVERSE_SCATTER, inverse.INVERSE_COPY,
    ),
    rules=(*viewmeta_rules.RULES, *inverse_rules.RULES),
    kinds=(Kind("schema", cases.SchemaCase, cases.read_schema, cases.write_schema, groups.expected_answers),),
    features=Features.together(inverses.FEATURES, scatters.FEATURES),
    known_issues=resources.files(__name__) / "known_issues",
    script=viewmeta_script,
)  # fmt: skip
