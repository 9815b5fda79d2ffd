"""oneDNN is asked for its version and its instructions, and nobody hears it."""

import platform

import pytest
import torch

from viewproof.place.onednn import OneDNN


@pytest.mark.skipif(
    platform.machine() not in ("x86_64", "AMD64") or not torch.backends.mkldnn.is_available(),
    reason="oneDNN is limited by a name of x86's",
)
def test_it_says_what_the_environment_left_of_it(elsewhere):
    place, _ = elsewhere
    assert place.onednn.enabled
    assert place.onednn.isa == "Intel SSE4.1"
    assert place.onednn.version in torch.__config__.show()


def test_what_it_says_is_heard_by_nobody(elsewhere):
    _, said = elsewhere
    assert said == "before\nafter\n"


def test_it_is_told_in_words():
    assert str(OneDNN(enabled=True, version="v3", isa="Intel AVX2")) == "on v3, Intel AVX2"
    assert str(OneDNN(enabled=False)) == "off"
