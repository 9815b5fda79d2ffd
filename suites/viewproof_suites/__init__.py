"""What is certified: each suite names its cases, targets and rules."""

from viewproof_suites.aliasing import ALIASING
from viewproof_suites.copies import COPIES, COPY_ERRORS, COPY_GRADIENTS
from viewproof_suites.crossref import CROSSREF
from viewproof_suites.decomp_table import DECOMP_TABLE
from viewproof_suites.decompositions import DECOMPOSITIONS
from viewproof_suites.errors import ERRORS
from viewproof_suites.functionalization import FUNCTIONAL_TRACES, FUNCTIONALIZATION
from viewproof_suites.inplace import INPLACE
from viewproof_suites.passes import DECOMPOSED_PASSES, PASSES
from viewproof_suites.replay import REPLAY
from viewproof_suites.schemas import SCHEMAS
from viewproof_suites.viewmeta import VIEWMETA
from viewproof_suites.views import VIEWS

SUITES = (
    VIEWS, ERRORS,
    ALIASING, INPLACE, REPLAY,
    COPIES, COPY_ERRORS, COPY_GRADIENTS,
    VIEWMETA, FUNCTIONALIZATION, FUNCTIONAL_TRACES,
    CROSSREF,
    DECOMPOSITIONS, SCHEMAS,
    DECOMP_TABLE,
    PASSES, DECOMPOSED_PASSES,
)  # fmt: skip
