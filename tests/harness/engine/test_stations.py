"""The driver's side of a cluster, on one that is made up: its stations are here, and some are lost, slow or unlike."""

from collections import Counter, deque
from functools import partial

import msgspec
import pytest

from viewproof.engine import stations as driver
from viewproof.engine.keeper import Given
from viewproof.engine.pool import REVIVALS, run_chunks
from viewproof.engine.station import Heard, Judged
from viewproof.engine.stations import MOST_LOSSES, Lost, Refused, Stations
from viewproof.engine.versions import versions_here
from viewproof.errors import PoolBroken, UsageError
from viewproof.records.chunk import Chunk

FINE = ("pass",)


def chunk(family):
    return Chunk(
        suite="views", operator="aten.alias.default", family=family, profile="quick", device="cpu",
        targets=("eager", "meta"), rules=("layout.size", "layout.stride"),
    )  # fmt: skip


class Cluster:
    """Stations that answer at once, as `does` says of the first, the second and so on; the others are fine.

    `lost` after one answer of a batch; `dies` before it has work; `waits` for a place for ever; `hangs` with its work;
    `unlike` has other versions; `broken` can have no worker; `raises`; `no device`. A chunk of the family `deadly`
    loses each that is given it.
    """

    def __init__(self, fake, *does):
        self.fake, self.does = fake, deque(does)
        self.asked, self.given, self.killed, self.closed = [], [], [], 0

    def station(self):
        self.asked.append(self.does.popleft() if self.does else "fine")
        return len(self.asked) - 1

    def ask(self, handle, method, *arguments):
        return (handle, method, arguments)

    def ready(self, calls, seconds):
        waits = {"hello": "waits", "step": "hangs"}
        return [
            one for one in calls
            if self.asked[one[0]] != waits.get(one[1]) or (one[1] == "step" and one[2] == (b"",))
        ]  # fmt: skip

    def answer(self, call):
        handle, method, arguments = call
        does = self.asked[handle]
        if method == "hello":
            if does == "dies":
                raise Lost("its node is no more")
            if does == "raises":
                raise Refused("ModuleNotFoundError: No module named 'viewproof'")
            return f"node-{handle}", versions_here() | ({"torch": "1.0"} if does == "unlike" else {})
        if method == "begin":
            return "wanted a device, got none" if does == "no device" else ""
        assert method == "step"
        (given,) = arguments
        return msgspec.msgpack.encode(self.step(handle, does, given))

    def step(self, handle, does, given):
        if not given:
            return Heard(ready=True, place=self.fake.PLACE)
        if does == "broken":
            return Heard(broken="the worker processes died 4 times", printed=b"said\n")
        chunks = [one.chunk for one in msgspec.msgpack.decode(given, type=list[Given])]
        self.given.append((handle, [one.family for one in chunks]))
        if any(one.family == "deadly" for one in chunks):
            raise Lost("the node's memory is gone")
        judged = [Judged(number, msgspec.msgpack.encode(self.fake.check(one))) for number, one in enumerate(chunks)]
        if does == "lost" and len(judged) > 1:
            self.asked[handle] = "gone"
            return Heard(judged=judged[:1], ready=True)
        return Heard(judged=judged, ready=True, ended=True, peak=5, deaths=1, printed=b"%d\n" % handle)

    def kill(self, handle):
        self.killed.append(handle)

    def sharing(self, node, most):
        return most


class Going(Cluster):
    """One whose station, once it is gone, is found so where it is asked again."""

    def answer(self, call):
        if self.asked[call[0]] == "gone":
            raise Lost("the actor is dead")
        return super().answer(call)


def run(cluster, *batches, jobs=1, **more):
    batched = [[chunk(family) for family in batch.split()] for batch in batches]
    records = list(run_chunks(batched, cluster.fake.WORK, jobs=jobs, crew=partial(Stations, cluster), **more))
    names = Counter(record.chunk for record in records)
    assert names == {one.name: 1 for batch in batched for one in batch}, "each once"
    return {record.family: record for record in records}


def verdicts(record):
    return {verdict for tally in record.tallies for verdict in tally.verdicts}


def test_stations_have_batches_judged_and_say_where_they_run_and_what_they_printed(fake, tmp_path):
    cluster, heard = Cluster(fake), []
    figures = driver.Figures()
    records = run(cluster, "a b", "c", "d", jobs=2, log=tmp_path / "log", tell=heard.append, figures=figures)
    assert all(verdicts(record) == set(FINE) for record in records.values())
    assert heard == [fake.PLACE]
    assert (figures.peak, figures.deaths) == (5, 3)
    assert sorted((tmp_path / "log").read_text().split()) == sorted(str(handle) for handle, _ in cluster.given)
    assert sorted(cluster.killed) == [0, 1]


def test_what_a_lost_station_did_not_answer_is_given_to_another_once(fake, tmp_path):
    cluster = Going(fake, "lost")
    run(cluster, "a b c", "d", log=tmp_path / "log")
    assert cluster.given == [(0, ["a", "b", "c"]), (1, ["b", "c"]), (1, ["d"])]
    assert cluster.killed == [0, 1]
    said = "viewproof: lost a worker on node node-0 and 2 of its chunks: the actor is dead"
    assert said in (tmp_path / "log").read_text()


def test_a_chunk_with_which_stations_are_lost_again_and_again_is_condemned_alone(fake):
    cluster = Cluster(fake)
    records = run(cluster, "a deadly c")
    assert verdicts(records["a"]) == verdicts(records["c"]) == set(FINE)
    assert verdicts(records["deadly"]) == {"crash"}
    assert len([1 for _, families in cluster.given if "deadly" in families]) == MOST_LOSSES
    assert "the node's memory is gone" in records["deadly"].failures[0].observed


def test_a_station_without_a_word_is_replaced(fake, monkeypatch):
    monkeypatch.setattr(driver, "SILENCE", 0.0)
    cluster = Cluster(fake, "hangs")
    run(cluster, "a")
    assert cluster.killed == [0, 1]


def test_a_run_goes_on_with_the_stations_that_have_a_place(fake):
    cluster = Cluster(fake, "waits", "fine")
    run(cluster, "a", "b", "c", jobs=2)
    assert {handle for handle, _ in cluster.given} == {1}


def test_a_cluster_without_a_place_ends_the_run(fake, monkeypatch):
    monkeypatch.setattr(driver, "PATIENCE", 0.0)
    with pytest.raises(PoolBroken, match="the cluster had no place for a worker for 0 s"):
        run(Cluster(fake, "waits"), "a")


@pytest.mark.parametrize(("does", "why"), [("dies", "its node is no more"), ("broken", "the worker processes died")])
def test_stations_that_are_lost_before_they_do_anything_end_the_run(fake, does, why):
    cluster = Cluster(fake, *[does] * 20)
    with pytest.raises(PoolBroken, match=f"lost {REVIVALS + 1} times without taking work: {why}"):
        run(cluster, "a")
    assert len(cluster.killed) == REVIVALS + 1


@pytest.mark.parametrize(
    ("does", "error", "said"),
    [
        ("unlike", UsageError, r"the cluster's node node-0: wanted torch .*, as here; got torch 1\.0"),
        ("no device", UsageError, r"the cluster's node node-0: wanted a device, got none"),
        ("raises", PoolBroken, r"No module named 'viewproof'"),
    ],
)
def test_nodes_that_cannot_be_used_are_named(fake, does, error, said):
    cluster = Cluster(fake, does)
    with pytest.raises(error, match=said):
        run(cluster, "a")
    assert (cluster.given, cluster.killed) == ([], [0])
