"""No garbage is collected in a stretch of work, and the collector is as before behind it."""

import gc

import pytest

from viewproof.engine.uncollected import uncollected


def test_the_collector_rests_and_goes_on():
    with uncollected():
        assert not gc.isenabled()
    assert gc.isenabled()


def test_one_that_was_off_stays_off():
    with uncollected():
        with uncollected():
            pass
        assert not gc.isenabled()


def test_an_exception_leaves_it_on():
    with pytest.raises(ValueError, match="mine"), uncollected():
        raise ValueError("mine")
    assert gc.isenabled()


def test_what_is_kept_is_never_walked_again():
    before = gc.get_freeze_count()
    with uncollected(kept=True):
        kept = [[] for _ in range(1000)]
    assert gc.get_freeze_count() >= before + len(kept)
