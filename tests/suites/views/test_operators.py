"""The families that `quick` deals out in turns: none is lost, and each half is asked of some operator."""

import pytest

from viewproof.contract.installed import find_suite
from viewproof.generate.bases import STRIDED
from viewproof_suites.views.operators import PLACED, half_of, halved, swept_families, views

SLICE = "aten.slice.Tensor"


@pytest.mark.parametrize("dealt", [STRIDED, PLACED])
def test_both_halves_together_are_all_families(dealt):
    for operator in views():
        families = swept_families(operator, "quick")
        halves = [set(halved(operator, families, half, dealt)) for half in (0, 1)]
        assert halves[0] | halves[1] == set(families)
        assert halves[0] & halves[1] == set(families).difference(dealt)


def test_operators_together_have_every_family_in_both_halves():
    for family in STRIDED:
        assert {half_of(operator, family) for operator in views()} >= {0, 1}


def test_a_fake_of_a_strided_base_is_asked_of_the_cache_or_computed():
    suite = find_suite("views")
    for family in suite.families(SLICE, "quick"):
        fakes = {"fake", "fake-nocache"}.intersection(suite.on(SLICE, family, "quick"))
        assert len(fakes) == (1 if family in STRIDED else 2)
        assert suite.on(SLICE, family, "full") == suite.targets
