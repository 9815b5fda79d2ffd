"""Contract on the Python dispatcher's crossref functionalization, which runs each call functionalized and fake."""

from importlib import resources

from viewproof.contract.contract import Contract
from viewproof_suites.crossref import features, rules, suites
from viewproof_suites.crossref.scripts import crossref_script
from viewproof_suites.crossref.targets import reference_mode, torch_mode

CONTRACT = Contract(
    name="crossref",
    summary="fake and functionalized runs of each view, by torch's crossref and by the reference's",
    chapter=5,
    suites=(suites.CROSSREF,),
    targets=(
        torch_mode.CROSSREF_VIEWS, torch_mode.CROSSREF_COPIES,
        reference_mode.VIEWPROOF_CROSSREF_VIEWS, reference_mode.VIEWPROOF_CROSSREF_COPIES,
    ),
    rules=tuple(rules.RULES),
    features=features.FEATURES,
    known_issues=resources.files(__name__) / "known_issues",
    script=crossref_script,
    costly_scripts=True,
)  # fmt: skip
