"""Checking is quiet: nothing is collected, no warning is heard, and all is as it was afterwards."""

import gc
import warnings

import pytest

from viewproof.engine.quiet import quiet


def test_only_the_outermost_counts():
    assert gc.isenabled()
    with quiet:
        with quiet:
            warnings.warn("unheard", stacklevel=1)
        assert not gc.isenabled()
        warnings.warn("unheard", stacklevel=1)
    assert gc.isenabled()
    with pytest.warns(UserWarning, match="heard"):
        warnings.warn("heard", stacklevel=1)


def test_what_was_off_stays_off():
    gc.disable()
    try:
        with quiet:
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_an_exception_passes_and_all_is_restored():
    with pytest.raises(KeyError), quiet:
        raise KeyError
    assert gc.isenabled()
