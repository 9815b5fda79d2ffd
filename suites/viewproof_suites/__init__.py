"""What is certified: each suite names its cases, targets and rules."""

from viewproof_suites.aliasing import ALIASING
from viewproof_suites.copies import COPIES, COPY_ERRORS, COPY_GRADIENTS
from viewproof_suites.errors import ERRORS
from viewproof_suites.functionalization import FUNCTIONAL_TRACES, FUNCTIONALIZATION
from viewproof_suites.inplace import INPLACE
from viewproof_suites.replay import REPLAY
from viewproof_suites.viewmeta import VIEWMETA
from viewproof_suites.views import VIEWS

SUITES = (
    VIEWS, ERRORS,
    ALIASING, INPLACE, REPLAY,
    COPIES, COPY_ERRORS, COPY_GRADIENTS,
    VIEWMETA, FUNCTIONALIZATION, FUNCTIONAL_TRACES,
)  # fmt: skip
