"""Contracts are found through entry points; what cannot be used is one clear line."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from viewproof import discovery
from viewproof.errors import UsageError


def entry(name: str, *, dist: str = "vendor", value: str = "vendor.package:CONTRACT", loads: object = None):
    """An entry point as importlib.metadata gives it."""
    contract = SimpleNamespace(name=name, chapter=1) if loads is None else loads

    def load():
        if isinstance(contract, Exception):
            raise contract
        return contract

    origin = SimpleNamespace(name=dist, version="1.2")
    return SimpleNamespace(name=name, value=value, module=value.partition(":")[0], dist=origin, load=load)


@pytest.fixture
def found(monkeypatch):
    """What is found where these entry points are installed, beside one of ours; with `own`, nothing else is."""

    def run(*entries, own=False):
        entries = entries if own else (entry("base", dist="viewproof"), *entries)
        monkeypatch.setattr(discovery, "entry_points", lambda group: entries if group == discovery.GROUP else ())
        discovery.found_contracts.cache_clear()
        return discovery.found_contracts(own=own)

    yield run
    discovery.found_contracts.cache_clear()


def test_own_and_others_are_told_apart_by_who_ships_them(found):
    entries = (entry("ours", dist="viewproof"), entry("theirs"))
    assert [one.name for one in found(*entries, own=True)] == ["ours"]
    (theirs,) = found(*entries)
    assert (theirs.name, theirs.distribution, theirs.version, theirs.module) == (
        "theirs", "vendor", "1.2", "vendor.package",
    )  # fmt: skip


def test_they_come_by_chapter_and_then_by_name(found):
    late, early = SimpleNamespace(name="a", chapter=2), SimpleNamespace(name="c", chapter=1)
    entries = (entry("a", loads=late), entry("c", loads=early), entry("b"))
    assert [one.name for one in found(*entries)] == ["b", "c", "a"]


def test_one_that_is_installed_twice_is_one(found):
    assert len(found(entry("same", dist="viewproof"), entry("same", dist="viewproof"), own=True)) == 1


def test_a_checkout_that_is_not_installed_is_told_so(found):
    with pytest.raises(UsageError, match="viewproof: wanted it installed"):
        found(own=True)


@pytest.mark.parametrize(
    ("entries", "wanted"),
    [
        (
            [entry("one"), entry("one", dist="other")],
            "contract 'one': wanted one of that name, got those of vendor",
        ),
        ([entry("ours", dist="viewproof"), entry("ours")], "contract 'ours': wanted one of that name"),
        ([entry("one", loads=ImportError("no such thing"))], "got ImportError: no such thing"),
        ([entry("one", loads=SimpleNamespace(name="two"))], "wanted a Contract of that name"),
        ([entry("one", loads=7)], "wanted a Contract of that name, got 7"),
    ],
)
def test_what_cannot_be_used_is_named(found, entries, wanted):
    with pytest.raises(UsageError, match=wanted):
        found(*entries)
