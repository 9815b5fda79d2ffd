"""Three shards of a real selection, merged: what one run of it leaves, and what is refused."""

import json
import shutil

import pytest

from viewproof.engine import merge as merging
from viewproof.engine.merge import merge
from viewproof.engine.run import RunRequest, execute
from viewproof.errors import NotTrusted, UsageError
from viewproof.records.directory import read_directory
from viewproof.records.journal import Journal
from viewproof.records.outdir import Selection, write_json
from viewproof.records.same import differences
from viewproof.records.shard import Shard
from viewproof.records.summary import write_summary
from viewproof.reports.run_files import write_reports

#: Several suites, evidence that one lends to another, waived failures, and an operator of which one shard has all.
QUERIES = ("views/*/layout/aten.t", "aliasing/*/*/aten.t", "errors/*/error.refused/aten.broadcast_to.default",
           "copies/eager/*/aten.t_copy.default")  # fmt: skip
TIMES = ('"seconds": ', '"checking_seconds": ', '"journal": ', '"digest": ')
PLACES = {"started", "argv", "jobs", "environment", "workers", "shards", "digest"}


def run(out, shard=None):
    selection = Selection(queries=QUERIES)
    report = write_reports if shard is None or shard.index == 1 else None
    return execute(RunRequest(selection, out, jobs=1, shard=shard), report=report)


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """The folder of a whole run, of its three shards, and of what they merge to."""
    folder = tmp_path_factory.mktemp("shards")
    for shard in (None, *[Shard(index, 3) for index in (1, 2, 3)]):
        assert run(folder / ("whole" if shard is None else f"s{shard.index}"), shard).status == 0
    merged = merge([folder / name for name in ("s3", "s1", "s2")], folder / "merged", ["merge"], report=write_reports)
    assert merged.status == 0
    return folder


def lines(path):
    return [
        line for line in path.read_bytes().splitlines() if not line.strip().startswith(tuple(map(str.encode, TIMES)))
    ]


def test_the_summary_is_that_of_one_run_to_the_byte(ran):
    whole, merged = (ran / name / "summary.json" for name in ("whole", "merged"))
    assert lines(whole) == lines(merged)
    assert len(whole.read_bytes().splitlines()) == len(lines(whole)) + len(TIMES)
    assert json.loads(whole.read_text())["findings"], "there is something to say"


def test_the_rest_is_that_of_one_run_but_for_times_and_places(ran):
    assert differences(read_directory(ran / "whole").records, read_directory(ran / "merged").records) == []
    whole, merged = (json.loads((ran / name / "run.json").read_text()) for name in ("whole", "merged"))
    assert {name for name in whole | merged if whole.get(name) != merged.get(name)} <= PLACES
    assert {path.name for path in (ran / "merged").iterdir()} == {path.name for path in (ran / "whole").iterdir()}
    assert (ran / "whole" / "catalog.json").read_bytes() == (ran / "merged" / "catalog.json").read_bytes()


def test_each_shard_has_its_part_and_says_so(ran):
    runs = [json.loads((ran / name / "run.json").read_text()) for name in ("s1", "s2", "s3", "merged")]
    assert [one["shard"] for one in runs] == ["1/3", "2/3", "3/3", None]
    assert len({one["plan"] for one in runs}) == 1
    assert min(one["chunks"] for one in runs) > 0
    assert sum(one["chunks"] for one in runs[:3]) == runs[3]["chunks"]
    said = "Shard 1 of 3, with "
    for name in ("report.md", "report.html", "summary.md"):
        assert said in (ran / "s1" / name).read_text()
        assert said not in (ran / "merged" / name).read_text()
        assert "Merged from 3 shards." in (ran / "merged" / name).read_text()
    assert "level" not in (ran / "s1" / "badge.svg").read_text()


def test_the_merged_run_keeps_where_each_shard_ran(ran):
    shards = json.loads((ran / "merged" / "run.json").read_text())["shards"]
    assert [one["shard"] for one in shards] == ["1/3", "2/3", "3/3"]
    assert all(one["environment"]["worker"]["threads"] == 1 and one["jobs"] == 1 for one in shards)
    log = (ran / "merged" / "workers.log").read_text().splitlines()
    assert [line for line in log if line.startswith("--- shard ")] == [f"--- shard {index}/3" for index in (1, 2, 3)]


def test_a_shard_goes_on_as_that_shard(ran, tmp_path):
    half = shutil.copytree(ran / "s2", tmp_path / "half")
    (half / "summary.json").unlink()
    journal = (half / "journal.jsonl").read_bytes().splitlines(keepends=True)
    (half / "journal.jsonl").write_bytes(b"".join(journal[: len(journal) // 2]))
    again = execute(RunRequest(resume=half, jobs=1))
    assert (again.status, again.summary.shard) == (0, "2/3")
    assert lines(half / "summary.json") == lines(ran / "s2" / "summary.json")


def test_a_shard_with_nothing_in_it_is_no_failure_and_merges(tmp_path):
    """More shards than there are groups to deal out: a matrix of CI's has always as many."""
    selection = Selection(queries=("views/eager/layout.size/aten.alias.default(float32[3])",))
    found = [execute(RunRequest(selection, tmp_path / str(index), jobs=1, shard=Shard(index, 2)),
                     report=write_reports) for index in (1, 2)]  # fmt: skip
    assert [(one.status, one.summary.planned, one.run["chunks"]) for one in found] == [(0, 1, 1), (0, 0, 0)]
    assert (tmp_path / "2" / "report.md").read_text().startswith("# Conforms\n")
    merged = merge([tmp_path / "1", tmp_path / "2"], tmp_path / "merged", report=write_reports)
    assert (merged.status, merged.summary.planned) == (0, 1)
    assert merged.summary.coverage == found[0].summary.coverage


def test_the_shards_are_not_written_over(ran):
    with pytest.raises(UsageError, match="wanted another directory than the shards', got that of 2/3"):
        merge([ran / "s1", ran / "s2", ran / "s3"], ran / "merged" / ".." / "s2")
    assert read_directory(ran / "s2").summary.shard == "2/3"


@pytest.mark.parametrize(("name", "value"), [("torch", "2.13.1"), ("torch_git", "0000")])
def test_another_torch_than_the_shards_concludes_nothing(ran, tmp_path, monkeypatch, name, value):
    here = merging.fingerprint() | {name: value}
    monkeypatch.setattr(merging, "fingerprint", lambda: here)
    with pytest.raises(UsageError, match=rf"s1.run\.json: wanted torch.* {value}, as here, got "):
        merge([ran / "s1", ran / "s2", ran / "s3"], tmp_path / "merged")
    assert not (tmp_path / "merged").exists()


def forged(folder, out, records):
    """The shard in `folder`, with these records, as if they were its own: digests and all."""
    found = read_directory(folder)
    shutil.copytree(folder, out)
    (out / "journal.jsonl").unlink()
    with Journal(out / "journal.jsonl", found.summary.plan) as journal:
        for record in records:
            journal.append(record)
    from viewproof.records.summary import build_summary

    was = found.summary
    write_summary(out, build_summary(
        records, torch_version=was.torch, device=was.device, profile=was.profile, plan=was.plan, seconds=was.seconds,
        coverage=was.coverage, problems=was.problems, journal=journal.link, shard=was.shard,
    ))  # fmt: skip
    write_json(out / "run.json", {**found.run, "chunks": len(records)})
    return out


def test_shards_whose_records_are_not_the_plan_s_are_refused(ran, tmp_path):
    """Their digests hold, and they agree with each other; only the plan, made anew, says what is lacking."""
    records = read_directory(ran / "s1").records
    lacking = forged(ran / "s1", tmp_path / "lacking", records[1:])
    with pytest.raises(NotTrusted, match=r"lacking.journal\.jsonl: wanted a record of .*, got none"):
        merge([lacking, ran / "s2", ran / "s3"], tmp_path / "merged")
    other = forged(ran / "s1", tmp_path / "other", [*records, read_directory(ran / "s2").records[0]])
    with pytest.raises(NotTrusted, match=r"other.journal\.jsonl:\d+: wanted a chunk of shard 1/3 of the plan, got "):
        merge([other, ran / "s2", ran / "s3"], tmp_path / "merged")
    assert not (tmp_path / "merged").exists()
