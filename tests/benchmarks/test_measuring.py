"""What a benchmark measures: the least of the rounds, each checker entered once a round, a floor of real calls."""

from __future__ import annotations

from contextlib import contextmanager

import pytest
import torch


def test_a_peer_is_entered_once_a_round_and_its_least_passes_count(module, monkeypatch):
    peers = module("peers")
    entered = []

    @contextmanager
    def mode(name):
        entered.append(name)
        yield lambda: f"asked of {name}"

    costs = iter([0.0, 5.0, 3.0, 0.0, 9.0, 1.0, 0.0, 4.0, 2.0, 0.0, 7.0, 8.0])
    monkeypatch.setattr(peers, "timed", lambda calls: (next(costs), len(calls)))
    rows = [peers.Peer(name, lambda name=name: mode(name), [peers.WARM_UP]) for name in ("one", "other")]
    one, other = peers.measure(rows, 2)
    assert entered == ["one", "other", "one", "other"]
    assert (one.peer, one.first, one.again, one.refused) == ("one", 4.0, 2.0, 1)
    assert (other.first, other.again, other.note) == (7.0, 1.0, "asked of other; asked of other")


def test_calls_that_raise_are_counted(module):
    peers = module("peers")
    x = torch.zeros(3)
    spent, refused = peers.timed([(torch.ops.aten.select.int, (x, 0, 9), {}), (torch.ops.aten.alias.default, (x,), {})])
    assert spent > 0
    assert refused == 1


def test_each_checker_checks_the_calls_that_are_all_new(module):
    peers, crossref = module("peers"), module("crossref")
    sizes = [(2, 3), (4, 5), (2, 3)]
    calls = [(torch.ops.aten.transpose.int, (torch.zeros(size), 0, 1), {}) for size in sizes]
    new = crossref.all_new(calls)
    assert [tuple(call[1][0].size()) for call in new] == sizes[:2]
    torchs, live, references, bare = peers.measure(crossref.crossref_rows(new, True), 1)
    assert torchs.note == "2 checked; 2 checked"
    assert live.note == "2 checked, 2 anew; 2 checked, 0 anew"
    assert references.note == "2 checked, 2 anew, 0 displaced; 2 checked, 0 anew, 0 displaced"
    assert bare.note == ""


def test_an_error_of_the_live_modes_own_ends_the_benchmark(module, monkeypatch):
    from viewproof.live import mode

    crossref = module("crossref")
    monkeypatch.setattr(mode, "key_of_plain", lambda *_: 1 / 0)
    with pytest.raises(RuntimeError, match="wanted no errors of its own"), crossref.live():
        torch.zeros(2).unsqueeze(0)


@pytest.mark.filterwarnings("ignore")
def test_bare_loops_make_the_calls_of_the_targets(module, monkeypatch):
    bare = module("bare")
    every = bare._subjects

    def few(suite, profile):
        return [one for one in every(suite, profile) if one.case.operator in {"aten.t.default", "aten.split.Tensor"}]

    monkeypatch.setattr(bare, "_subjects", few)
    read = []
    reading = bare._read
    monkeypatch.setattr(bare, "_read", lambda output: read.append(reading(output)) or read[-1])
    views = bare.bare_views("quick", 1)
    assert views.cases == len(few("views", "quick")) > 100
    assert views.cases < views.calls <= 2 * views.cases
    assert len(read) >= views.calls - views.raised
    assert {str(facts[5]) for facts in read if len(facts) == 10} == {"cpu", "meta"}
    programs = bare.bare_programs("quick", 1)
    assert programs.calls == 2 * programs.cases > 100
    assert programs.rate > 0
