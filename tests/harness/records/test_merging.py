"""Shards that are read to be merged are all of one run, each whole and once; anything else is refused by name."""

import made_run
import msgspec
import pytest

from viewproof.errors import NotTrusted, UsageError
from viewproof.records.directory import read_directory
from viewproof.records.merging import in_order, merged_run, read_parts
from viewproof.records.outdir import write_json
from viewproof.records.summary import write_summary

NAMES = ("aten.alias.default", "aten.t.default", "aten.slice.Tensor")


def record(operator):
    return made_run.record([f"{operator}(float32[{size}])" for size in range(1, 4)], operator=operator)


@pytest.fixture
def shards(tmp_path):
    return [made_run.write_shard(tmp_path / f"s{n}", f"{n}/3", [record(name)]) for n, name in enumerate(NAMES, 1)]


def again(path, shard, **more):
    """Write run.json anew, saying something else."""
    operator = NAMES[int(shard[0]) - 1]
    return write_json(path / "run.json", made_run.run_of(
        **{**made_run.OF_A_SHARD, "chunks": 1, "shard": shard, "suites": [operator], **more}))  # fmt: skip


def test_shards_are_read_in_the_order_of_their_numbers(shards):
    parts = read_parts(shards[::-1])
    assert [str(part.shard) for part in parts] == ["1/3", "2/3", "3/3"]
    assert [part.path for part in parts] == shards
    assert [[record.operator for record in part.records] for part in parts] == [[name] for name in NAMES]


def test_one_shard_of_one_is_a_whole(tmp_path):
    assert len(read_parts([made_run.write_shard(tmp_path / "one", "1/1", [record(NAMES[0])])])) == 1


def test_a_gap_is_named(shards):
    with pytest.raises(UsageError, match="merge: wanted all of 3 shards, got none for 1/3, 3/3") as refused:
        read_parts(shards[1:2])
    assert not isinstance(refused.value, NotTrusted)
    with pytest.raises(UsageError, match="merge: wanted the run directories of all shards, got none"):
        read_parts([])


def test_a_gap_of_many_is_not_listed_whole(tmp_path):
    with pytest.raises(UsageError, match=r"got none for 1/50, .*, 8/50 and 41 more$"):
        read_parts([made_run.write_shard(tmp_path / "s", "50/50", [record(NAMES[0])])])


def test_a_shard_twice_is_refused(shards, tmp_path):
    twin = made_run.write_shard(tmp_path / "twin", "1/3", [record(NAMES[0])])
    for paths in ([shards[0], shards[0], *shards[1:]], [*shards, twin]):
        with pytest.raises(UsageError, match=r"run\.json: wanted each shard once, got 1/3, as .*s1 is too"):
            read_parts(paths)


def test_another_number_of_shards_is_refused(shards, tmp_path):
    other = made_run.write_shard(tmp_path / "other", "2/4", [record(NAMES[1])])
    with pytest.raises(UsageError, match=r"other.run\.json: wanted a shard of 3, as shard 1/3 is, got 2/4"):
        read_parts([shards[0], other, shards[2]])


def test_a_run_that_is_no_shard_is_refused(shards, tmp_path):
    whole = made_run.write(tmp_path / "whole", [record(NAMES[1])])
    with pytest.raises(UsageError, match=r"whole.run\.json: wanted a shard, made with run --shard, got a run that is"):
        read_parts([shards[0], whole, shards[2]])


def test_a_shard_of_another_plan_is_refused(shards, tmp_path, monkeypatch):
    monkeypatch.setattr(made_run, "PLAN", "sha256:9")
    other = made_run.write_shard(tmp_path / "other", "2/3", [record(NAMES[1])], plan="sha256:9")
    with pytest.raises(UsageError, match=r"other.run\.json: wanted plan sha256:0, as shard 1/3 has, got sha256:9"):
        read_parts([shards[0], other, shards[2]])


def test_a_shard_that_is_not_finished_is_refused(shards):
    (shards[1] / "summary.json").unlink()
    with pytest.raises(UsageError, match=r"s2.summary\.json: wanted the summary\.json of a finished run"):
        read_parts(shards)


def test_a_shard_that_was_edited_is_refused(shards):
    journal = shards[2] / "journal.jsonl"
    journal.write_bytes(journal.read_bytes().replace(b'"pass":3', b'"pass":2'))
    with pytest.raises(NotTrusted, match=r"s3.journal\.jsonl:1: wanted a line that follows the one before"):
        read_parts(shards)


def test_a_shard_that_says_another_number_than_its_summary_is_refused(shards):
    again(shards[1], "3/3")
    with pytest.raises(NotTrusted, match=r"s2.summary\.json: wanted shard 3/3, as run\.json has, got 2/3"):
        read_parts(shards)


ENVIRONMENT = made_run.OF_A_SHARD["environment"]


@pytest.mark.parametrize(
    ("name", "changed"),
    [
        ("viewproof", {"viewproof": "0.0.9"}),
        ("torch's commit", {"environment": ENVIRONMENT | {"torch_git": "0000000"}}),
        ("Python", {"environment": ENVIRONMENT | {"python": "3.12.7"}}),
        ("Python", {"environment": ENVIRONMENT | {"implementation": "PyPy"}}),
        ("seed", {"seed": 7}),
        ("imports", {"selection": {"queries": ["views"], "imports": ["mine"]}}),
        ("queries", {"selection": {"queries": ["*"]}}),
        ("level", {"selection": {"queries": ["views"], "level": 2}}),
        ("contracts asked for", {"selection": {"queries": ["views"], "contracts": ["teapot"]}}),
        ("contracts", {"contracts": []}),
        ("passes", {"passes": {"view_to_copy": "mine:Pass"}}),
        ("known issues", {"known_issues": "sha256:2"}),
    ],
)
def test_shards_that_were_made_by_others_are_refused(shards, name, changed):
    again(shards[1], "2/3", **changed)
    with pytest.raises(NotTrusted, match=rf"s2.run\.json: wanted {name} .*, as shard 1/3 has, got "):
        read_parts(shards)


def test_where_they_ran_may_differ_and_is_kept(shards):
    elsewhere = ENVIRONMENT | {"python": "3.11.9", "cpus": 64, "processor": "another"}
    again(shards[1], "2/3", jobs=16, started="2026-11-19T00:00:00+00:00", environment=elsewhere)
    parts = read_parts(shards)
    run = merged_run(parts, {"chunks": 3, "suites": ["views"]}, ["merge"])
    assert (run["shard"], run["jobs"], run["chunks"], run["argv"]) == (None, 20, 3, ["merge"])
    assert run["started"] == "2026-11-19T00:00:00+00:00", "the earliest"
    assert run["environment"] == {"torch_git": "cf30153", "implementation": "CPython"}, "what all of them say"
    assert [one["shard"] for one in run["shards"]] == ["1/3", "2/3", "3/3"]
    assert run["shards"][1]["environment"] == elsewhere
    assert {one["seconds"] for one in run["shards"]} == {1.0}


def dealt():
    return [[record(name).chunk] for name in NAMES]


def test_every_chunk_of_the_plan_has_its_record(shards):
    found = in_order(read_parts(shards), dealt())
    assert list(found) == [name for names in dealt() for name in names]


def test_a_chunk_of_another_shard_is_refused(shards):
    with pytest.raises(NotTrusted, match=r"s1.journal\.jsonl:1: wanted a chunk of shard 1/3 of the plan, got views/"):
        in_order(read_parts(shards), dealt()[::-1])


def test_a_chunk_without_a_record_is_refused(shards):
    lacking = dealt()
    lacking[1].append(record("aten.select.int").chunk)
    with pytest.raises(NotTrusted, match=r"s2.journal\.jsonl: wanted a record of views/.*aten\.select\.int.*got none"):
        in_order(read_parts(shards), lacking)


def test_a_partial_shard_is_refused(shards):
    """One that was stopped."""
    path = shards[1]
    summary = made_run.summary([record(NAMES[1])], journal=read_directory(path).summary.journal, shard="2/3")
    write_summary(path, msgspec.structs.replace(summary, stopped="SIGTERM", unrun=1))
    again(path, "2/3", chunks=2)
    with pytest.raises(
        UsageError, match=r"s2.journal\.jsonl: wanted a shard that is whole, of 2 chunks, got rec.* of 1"
    ):
        read_parts(shards)
