"""Which library torch's linear algebra is in: where the loader finds it, and what the library says of itself."""

import pytest
import torch

from viewproof.place.libraries import BLAS, LAPACK, Library, library_of


@pytest.mark.skipif(not torch.backends.mkl.is_available(), reason="this torch is built without MKL")
@pytest.mark.parametrize("symbol", [BLAS, LAPACK])
def test_mkl_within_torch_says_its_version(symbol):
    found = library_of(symbol)
    assert found.name == "MKL"
    assert found.version in torch.__config__.show()


def test_a_symbol_that_nothing_has_is_in_no_library():
    assert library_of("no_such_routine_") == Library(name="unknown")


def test_a_library_that_says_nothing_is_named_by_its_file():
    found = library_of("getpid")
    assert found.name == "unknown"
    assert found.file is not None
    assert "libc" in found.file


def test_a_preload_is_found_before_torchs_own(elsewhere, openblas):
    if openblas is None:
        pytest.skip("no libopenblas is found: apt-get install libopenblas0-pthread")
    place, _ = elsewhere
    assert (place.blas.name, place.blas.core) == ("OpenBLAS", "Prescott")
    assert (place.lapack.name, place.lapack.core) == ("OpenBLAS", "Prescott")
    assert "openblas" in place.blas.file
    assert str(place.blas) == f"OpenBLAS {place.blas.version}, core Prescott"
