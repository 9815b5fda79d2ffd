"""What is certified: each suite names its cases, targets and rules."""

from viewproof_suites.aliasing import ALIASING
from viewproof_suites.errors import ERRORS
from viewproof_suites.inplace import INPLACE
from viewproof_suites.replay import REPLAY
from viewproof_suites.views import VIEWS

SUITES = (VIEWS, ERRORS, ALIASING, INPLACE, REPLAY)
