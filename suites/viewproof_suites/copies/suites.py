"""Suites `copies`, `copy_errors` and `copy_gradients`, level 3: the copy operators, their `out=`, and the scatters.

The inverse, `slice_inverse`, is itself a view and in the suites of views. `_nested_view_from_buffer_copy.out` is in no
suite: its out is a strided nested tensor, which cannot be made on meta.
"""

from functools import cache

from viewproof.catalog import catalog
from viewproof.contract.suite import Suite
from viewproof.generate import cases, families, has_generator
from viewproof_reference.layout import has_layout_rule
from viewproof_reference.layout.copied import is_out
from viewproof_suites.views.suites import LAYOUT_RULES, LIVE, fakes_in_turns

COPY_KINDS = ("copy", "copy-out", "scatter")
TARGETS = ("eager", "meta", "meta-python", "fake")


@cache
def copies() -> tuple[str, ...]:
    """The copy operators of the catalog that have a layout rule and a generator."""
    named = [name for name, entry in catalog().items() if entry.kind in COPY_KINDS]
    return tuple(sorted(name for name in named if has_layout_rule(name) and has_generator(name)))


@cache
def differentiated() -> tuple[str, ...]:
    """The copy operators that are differentiable: those without an `out=`, on bases that may require grad."""
    return tuple([name for name in copies() if not is_out(name) and _graded(name, "quick")])


def _graded(operator: str, profile: str) -> tuple[str, ...]:
    return tuple([name for name in families(operator, profile) if name == "grad"])


COPIES = Suite(
    name="copies",
    level=3,
    summary="every copy of a view, with and without out=, and the scatters: layout, values, every byte",
    operators=copies,
    families=families,
    cases=cases,
    targets=TARGETS,
    rules=(
        *LAYOUT_RULES,
        "alias.storage",
        "copy.values",
        "copy.fresh",
        "copy.operands-unchanged",
        "copy.out-writes",
        "copy.out-returned",
        "copy.out-resize",
        "copy.out-warning",
    ),
    covers=True,
    live=LIVE,
    targets_on=fakes_in_turns(TARGETS),
)

COPY_ERRORS = Suite(
    name="copy_errors",
    level=3,
    summary="bad arguments and bad outs are refused alike",
    operators=copies,
    families=families,
    cases=cases,
    targets=TARGETS,
    rules=("error.refused",),
    refused=True,
)

COPY_GRADIENTS = Suite(
    name="copy_gradients",
    level=3,
    summary="exact gradients of the copies and of the scatters",
    operators=differentiated,
    families=_graded,
    cases=cases,
    targets=("eager",),
    rules=("grad.read", "copy.scatter-gradient"),
)
