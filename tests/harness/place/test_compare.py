"""Two places are unlike in what computes, and in nothing that no verdict hangs on."""

import msgspec
import pytest

from viewproof.place import place_here, place_in, unlike


@pytest.fixture(scope="module")
def place():
    return place_here()


def test_a_place_is_like_itself(place):
    assert unlike(place, place) == []


def test_what_is_unlike_is_named(place):
    other = msgspec.structs.replace(place, capability="NONE", threads=99)
    assert [(one.what, one.after) for one in unlike(place, other)] == [
        ("capability", "NONE"),
        ("threads", f"99 ({place.interop_threads} between operators)"),
    ]


def test_hashes_folders_and_the_clock_make_no_other_place(place):
    assert unlike(place, msgspec.structs.replace(place, hash_probe=0, locale="C", encoding="ascii")) == []


def test_a_place_is_read_from_run_json(place):
    assert place_in({"worker": msgspec.to_builtins(place)}) == place


@pytest.mark.parametrize("environment", [{}, {"worker": {"processor": "x"}}, {"worker_unknown": "it died"}])
def test_what_is_not_said_is_not_known(place, environment):
    assert place_in(environment) is None
    assert unlike(place, None) == []
