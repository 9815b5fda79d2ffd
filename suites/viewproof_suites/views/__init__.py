"""What every view operator returns: layout, refusals, aliasing, replay and gradients."""

from importlib import resources

from viewproof.contract.contract import Contract
from viewproof.contract.features import Features
from viewproof_suites.views import suites
from viewproof_suites.views.features import bits_fallback, causes, general, python_view
from viewproof_suites.views.rules import alias, kept, layout, refusal, replay
from viewproof_suites.views.scripts import view_script
from viewproof_suites.views.targets import eager, fake, meta

CONTRACT = Contract(
    name="views",
    summary="what every view operator returns: layout, refusals, aliasing, replay and gradients",
    chapter=1,
    suites=(suites.VIEWS, suites.ERRORS, suites.ALIASING, suites.INPLACE, suites.REPLAY),
    targets=(eager.EAGER, meta.META, meta.META_PYTHON, fake.FAKE, fake.FAKE_NOCACHE),
    rules=(*layout.RULES, *refusal.RULES, *alias.RULES, *kept.RULES, *replay.RULES),
    features=Features.together(general.FEATURES, causes.FEATURES, python_view.FEATURES, bits_fallback.FEATURES),
    known_issues=resources.files(__name__) / "known_issues",
    script=view_script,
)
