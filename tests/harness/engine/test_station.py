"""A station, here: it has a batch judged by a keeper of its own, and says what came of it in words of a few seconds."""

import os

import msgspec
import pytest

from viewproof.engine.keeper import Given, Setup
from viewproof.engine.pool import LIMITS
from viewproof.engine.station import Heard, Orders, Station, settings_of
from viewproof.engine.versions import unlike, versions_here
from viewproof.records.chunk import Chunk


def chunk(family):
    return Chunk(
        suite="views", operator="aten.alias.default", family=family, profile="quick", device="cpu",
        targets=("eager", "meta"), rules=("layout.size",),
    )  # fmt: skip


@pytest.fixture
def begun(fake, tmp_path, monkeypatch):
    """A station that has been told to begin, and is ended."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(os, "environ", os.environ.copy())
    setup = Setup(fake.WORK, (), "cpu", tmp_path, LIMITS, LIMITS, None, None, place=True)
    station = Station()
    node, versions = station.hello()
    assert node
    assert unlike(versions_here(), versions) is None
    assert station.begin(Orders(setup, str(tmp_path / "nowhere"), {}, 1)) == ""
    yield station
    station.close()


def steps(station, given=b""):
    """What it says, step by step, until its batch is done or it has become ready."""
    while True:
        heard = msgspec.msgpack.decode(station.step(given), type=Heard)
        yield heard
        if heard.ended or (not given and heard.ready):
            return
        given = given and b""


def test_a_station_judges_a_batch_and_says_what_came_of_it(begun, fake):
    (*_, first) = steps(begun)
    assert first.place == fake.PLACE
    given = msgspec.msgpack.encode([Given(chunk("noisy")), Given(chunk("crash"))])
    heard = list(steps_of(begun, given))
    judged = [one for word in heard for one in word.judged]
    assert sorted(one.number for one in judged) == [0, 1]
    assert all(one.record for one in judged)
    assert sum(word.deaths for word in heard) > 0
    assert b"said below Python" in b"".join(word.printed for word in heard)
    assert all(word.place is None for word in heard)


def steps_of(station, given):
    while True:
        heard = msgspec.msgpack.decode(station.step(given), type=Heard)
        yield heard
        if heard.ended:
            return
        given = b""


def test_a_device_that_a_node_does_not_have_is_said(fake, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(os, "environ", os.environ.copy())
    setup = Setup(fake.WORK, (), "foo", tmp_path, LIMITS, LIMITS, None, None, place=False)
    assert "wanted one that this torch can allocate on; got 'foo'" in Station().begin(
        Orders(setup, str(tmp_path), {}, 1)
    )


def test_settings_travel_and_what_names_a_file_or_a_device_does_not():
    environment = {"TORCH_LOGS": "dynamo", "CUDA_VISIBLE_DEVICES": "1", "LD_LIBRARY_PATH": "/lib", "HOME": "x"}
    assert settings_of(environment) == {"TORCH_LOGS": "dynamo"}


def test_what_is_unlike_is_named():
    here = versions_here()
    assert set(here) == {"Python", "torch", "viewproof"}
    assert unlike(here, here | {"torch": "2.0 (commit 0)"}) == (
        f"wanted torch {here['torch']}, as here; got torch 2.0 (commit 0)"
    )
    assert unlike(here, {}) is not None
