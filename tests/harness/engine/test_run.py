"""The driver, with made-up suites: its directory, resume, exit status."""

import errno
import json
import os
import signal
from dataclasses import replace

import fake_run
import msgspec
import pytest
from full_disk import fill

from viewproof import __version__
from viewproof.engine import conclusion, planning, recount
from viewproof.engine import run as driver
from viewproof.engine.run import RunRequest, execute
from viewproof.engine.stopping import Stopped, StopSignals
from viewproof.errors import NotTrusted, NotWritten, UsageError
from viewproof.place import place_in
from viewproof.records.compared import Compared, write_compared
from viewproof.records.coverage import Coverage, OperatorCoverage, RuleCoverage
from viewproof.records.directory import read_directory
from viewproof.records.journal import Journal, read_journal
from viewproof.records.lock import held
from viewproof.records.model import Failure
from viewproof.records.outdir import Selection, write_json
from viewproof.records.same import differences
from viewproof.records.summary import why_no_evidence
from viewproof.records.written import append_all


@pytest.fixture
def given(fake, monkeypatch):
    given_again(monkeypatch, fake)
    return fake


def given_again(monkeypatch, fake):
    monkeypatch.setattr("viewproof.engine.plan.suites_asked", lambda _: fake.suites())
    monkeypatch.setattr("viewproof.engine.planning.plan_hash", lambda plan: f"sha256:{len(plan)}")
    monkeypatch.setattr(conclusion, "_coverage", lambda *_: {"operators": {}, "rules": {}})
    monkeypatch.setattr(conclusion, "_problems", lambda *_: [])


COVERAGE = Coverage(
    operators=OperatorCoverage(covered=0, partly=0, uncovered=0, catalog=0, excluded=0, gaps={}),
    rules=RuleCoverage(covered=0, planned=0, gaps=()),
)


def request(path, *queries, **more):
    return RunRequest(Selection(queries=queries), path / "out", jobs=1, **more)


def test_a_run_leaves_its_directory(given, tmp_path):
    finished = execute(request(tmp_path), given.WORK)
    assert finished.status == 0
    names = {path.name for path in finished.out.iterdir()}
    assert names == {"run.json", "journal.jsonl", "summary.json", "workers.log", ".lock"}
    summary = json.loads((finished.out / "summary.json").read_text())
    assert summary["planned"] == sum(summary["verdicts"].values()) == summary["verdicts"]["pass"] == 448
    assert finished.run["seed"] is None
    assert "cuda" in finished.run["not_run"]
    assert finished.run["contracts"] == [{"name": "views", "distribution": "viewproof", "version": __version__}]
    assert execute(request(tmp_path, "aliasing"), given.WORK).summary.planned == 64, "an earlier run is replaced"


def test_what_workers_write_to_standard_error_is_kept(given, tmp_path, monkeypatch, capfd):
    noisy = {"views": given.suite("views", families=lambda _operator, _profile: ("noisy",))}
    monkeypatch.setattr("viewproof.engine.plan.suites_asked", lambda _: noisy)
    finished = execute(request(tmp_path), given.WORK)
    assert "said below Python" in (finished.out / "workers.log").read_text()
    assert "said below Python" not in capfd.readouterr().err


def test_a_killed_run_goes_on(given, tmp_path):
    whole = execute(request(tmp_path), given.WORK)
    journal = whole.out / "journal.jsonl"
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join(lines[:3]) + lines[3][:40])
    again = execute(RunRequest(resume=whole.out, jobs=1), given.WORK)
    same = [msgspec.structs.replace(finished.summary, seconds=0, journal="") for finished in (whole, again)]
    assert same[0] == same[1]
    assert len(journal.read_bytes().splitlines()) == len(lines)


def test_a_shuffled_run_says_its_seed_and_gives_the_same_in_another_order(given, tmp_path):
    whole = execute(request(tmp_path), given.WORK)
    plain = read_journal(whole.out / "journal.jsonl", whole.run["plan"]).records
    shuffled = execute(request(tmp_path, seed=0), given.WORK)
    assert json.loads((shuffled.out / "run.json").read_text())["seed"] == 0
    assert whole.run["plan"] == shuffled.run["plan"]
    assert msgspec.structs.replace(whole.summary, seconds=0, journal="") == msgspec.structs.replace(
        shuffled.summary, seconds=0, journal=""
    )
    found = read_journal(shuffled.out / "journal.jsonl", shuffled.run["plan"]).records
    assert [record.chunk for record in found] != [record.chunk for record in plain]
    assert differences(plain, found) == []


def test_a_resumed_run_goes_on_with_its_seed(given, tmp_path, monkeypatch):
    whole = execute(request(tmp_path, seed=7), given.WORK)
    journal = whole.out / "journal.jsonl"
    journal.write_bytes(b"".join(journal.read_bytes().splitlines(keepends=True)[:3]))
    seeds = []
    shuffle = planning.shuffled_batches
    monkeypatch.setattr(planning, "shuffled_batches", lambda left, seed: seeds.append(seed) or shuffle(left, seed))
    again = execute(RunRequest(resume=whole.out, jobs=1), given.WORK)
    assert seeds == [7]
    assert again.run["seed"] == 7
    assert msgspec.structs.replace(again.summary, seconds=0, journal="") == msgspec.structs.replace(
        whole.summary, seconds=0, journal=""
    )


@pytest.mark.parametrize("seed", [-1, "7", 1.5, True])
def test_a_run_directory_whose_seed_is_none(given, tmp_path, seed):
    whole = execute(request(tmp_path), given.WORK)
    write_json(whole.out / "run.json", {**whole.run, "seed": seed})
    with pytest.raises(UsageError, match=r"run\.json: wanted `int.* at `\$\.seed`|got .* at `\$\.seed`"):
        execute(RunRequest(resume=whole.out), given.WORK)


def test_run_json_says_where_a_worker_ran(given, tmp_path):
    finished = execute(request(tmp_path, "aliasing"), given.WORK)
    environment = json.loads((finished.out / "run.json").read_text())["environment"]
    assert place_in(environment) == place_in(finished.run["environment"]) == given.PLACE
    assert environment["processor"]
    dies = replace(given.WORK, place=given.place_that_dies)
    again = execute(request(tmp_path, "aliasing"), dies)
    assert again.status == 0
    assert "worker" not in again.run["environment"]
    assert "SIGILL" in again.run["environment"]["worker_unknown"]


def test_a_run_that_goes_on_elsewhere_says_so(given):
    here = given.PLACE
    run: dict[str, object] = {"environment": {"python": "3"}}
    driver.note_place(run, here)
    driver.note_place(run, msgspec.structs.replace(here, hash_probe=1))
    assert run["environment"] == {"python": "3", "worker": msgspec.to_builtins(here)}
    other = msgspec.structs.replace(here, capability="AVX2")
    driver.note_place(run, other)
    assert run["environment"]["resumed"] == [{"worker": msgspec.to_builtins(other)}]


def test_directories_that_are_no_place_for_a_run(given, tmp_path):
    (tmp_path / "out").mkdir()
    kept = tmp_path / "out" / "thesis.txt"
    kept.write_text("years of work")
    with pytest.raises(UsageError, match="output directory"):
        execute(request(tmp_path), given.WORK)
    assert kept.read_text() == "years of work"
    with pytest.raises(UsageError, match="cannot be written"):
        execute(RunRequest(out=kept / "out"), given.WORK)
    with pytest.raises(UsageError, match=r"nowhere/run\.json: wanted the run\.json of a run directory"):
        execute(RunRequest(resume=tmp_path / "nowhere"), given.WORK)


@pytest.mark.parametrize("device", ["foo", "meta"])
def test_devices_that_are_not_there(given, tmp_path, device):
    with pytest.raises(UsageError, match=f"device.*'{device}'"):
        execute(RunRequest(Selection(device=device), tmp_path / "out"), given.WORK)
    assert not (tmp_path / "out").exists()


def test_a_module_that_cannot_be_imported(given, tmp_path):
    with pytest.raises(UsageError, match="--import no_such_module"):
        execute(RunRequest(Selection(imports=("no_such_module",)), tmp_path / "out"), given.WORK)


def every_second(chunk):
    """A worker's check that drops every second case, and plans no more than it does: `work = work[::2]`."""
    record = fake_run.check(chunk)
    for tally in record.tallies:
        tally.planned = tally.verdicts["pass"] = tally.planned // 2
    record.executions //= 2
    return record


def one_too_many(chunk):
    record = fake_run.check(chunk)
    record.tallies[0].planned = record.tallies[0].verdicts["pass"] = 9
    return record


def test_a_worker_that_drops_every_second_case_does_not_end_green(given, tmp_path):
    finished = execute(request(tmp_path), replace(given.WORK, check=every_second))
    assert finished.status == 3
    assert finished.summary.planned == 448
    assert {word: number for word, number in finished.summary.verdicts.items() if number} == {
        "pass": 224, "missing": 224,
    }  # fmt: skip
    written = read_journal(finished.out / "journal.jsonl", finished.run["plan"]).records
    assert sum(tally.planned for record in written for tally in record.tallies) == 448
    again = execute(RunRequest(resume=finished.out, jobs=1), replace(given.WORK, check=every_second))
    assert again.status == 3
    assert msgspec.structs.replace(again.summary, seconds=0, journal="") == msgspec.structs.replace(
        finished.summary, seconds=0, journal=""
    )


def test_verdicts_that_nobody_owes_are_a_harness_error(given, tmp_path):
    finished = execute(request(tmp_path, "aliasing"), replace(given.WORK, check=one_too_many))
    assert finished.status == 3
    chunk = finished.records[0].chunk
    assert finished.records[0].failures[0].observed == f"{chunk}: eager/alias.read: wanted 8 verdicts, got 9"


def test_a_chunk_that_cannot_be_counted_is_a_harness_error_with_its_own_message(given, tmp_path, monkeypatch):
    odd = {"views": given.suite("views", families=lambda _operator, _profile: ("uncounted",))}
    monkeypatch.setattr("viewproof.engine.plan.suites_asked", lambda _: odd)
    finished = execute(request(tmp_path), given.WORK)
    assert finished.status == 3
    assert finished.summary.findings[0].observed.startswith("RuntimeError: a fault of the generator (raised at ")


def test_who_asks_is_told_the_plan_first_and_reports_at_last(given, tmp_path):
    heard = []
    execute(
        request(tmp_path, "aliasing"), given.WORK, planned=lambda plan: heard.append(len(plan)),
        report=lambda out, summary, run, records, _: heard.append((out, summary.planned, run["plan"], len(records))),
    )  # fmt: skip
    assert heard == [2, (tmp_path / "out", 64, "sha256:2", 2)]


def stops(chunk):
    """A worker's check of which every second chunk fails."""
    record = fake_run.check(chunk)
    if chunk.family == "offset":
        fails(record)
    return record


def fails(record, observed="other"):
    tally = record.tallies[0]
    tally.verdicts = {"pass": tally.planned - 1, "fail": 1}
    record.failures = [
        Failure(
            suite=record.suite, target=tally.target, rule=tally.rule, operator=record.operator, case="f(x)",
            verdict="fail", expected="it", observed=observed, difference="otherwise",
        )
    ]  # fmt: skip


def test_a_run_that_stopped_at_its_first_failure_does_not_conform_and_says_what_it_did_not_run(
    given, tmp_path, monkeypatch
):
    monkeypatch.setattr(conclusion, "_coverage", lambda *_: COVERAGE)
    work = replace(given.WORK, check=stops)
    finished = execute(request(tmp_path, fail_fast=True), work)
    assert finished.status == 1
    found = read_directory(finished.out)
    assert (found.summary.stopped, found.summary.verdicts["missing"]) == ("fail-fast", 0)
    assert found.summary.unrun == found.facts.chunks - len(found.records) > 0
    assert sum(found.facts.suite_chunks.values()) == found.facts.chunks
    assert found.summary.planned == sum(tally.planned for record in found.records for tally in record.tallies)
    journal = (finished.out / "journal.jsonl").read_bytes()
    still = execute(RunRequest(resume=finished.out, jobs=1, fail_fast=True), work)
    assert (still.status, (finished.out / "journal.jsonl").read_bytes()) == (1, journal), "it has failed already"
    again = execute(RunRequest(resume=finished.out, jobs=1), work)
    assert again.status == 1
    assert (again.summary.stopped, again.summary.unrun) == ("", 0)
    assert read_directory(finished.out).summary == again.summary


def heard_after(monkeypatch, number, signals):
    """A signal comes as the journal has so many lines; `signals` says how it is heard."""
    append = Journal.append
    lines = []

    def appended(journal, record):
        append(journal, record)
        lines.append(record)
        if len(lines) == number:
            os.kill(os.getpid(), signal.SIGTERM)
            assert signals.heard == "SIGTERM", "heard, and not raised while a line is written"

    monkeypatch.setattr(Journal, "append", appended)


def test_a_signal_ends_the_work_and_the_rest_says_so(given, tmp_path, monkeypatch):
    monkeypatch.setattr(conclusion, "_coverage", lambda *_: COVERAGE)
    before = signal.getsignal(signal.SIGTERM)
    reports = []
    with StopSignals() as signals:
        heard_after(monkeypatch, 3, signals)
        stopped = execute(
            request(tmp_path), given.WORK, signals=signals, report=lambda out, summary, *_: reports.append(summary)
        )
    assert signal.getsignal(signal.SIGTERM) == before
    assert (stopped.status, len(stopped.records)) == (3, 3)
    assert reports == [stopped.summary]
    found = read_directory(stopped.out)
    assert (found.summary.stopped, found.summary.unrun, found.summary.verdicts["missing"]) == ("SIGTERM", 5, 0)
    assert why_no_evidence(found.summary) == "stopped by SIGTERM, 5 chunks were not run"
    monkeypatch.undo()
    given_again(monkeypatch, given)
    again = execute(RunRequest(resume=stopped.out, jobs=1), given.WORK)
    whole = execute(RunRequest(out=tmp_path / "whole", jobs=1), given.WORK)
    assert differences(whole.records, again.records) == []
    assert msgspec.structs.replace(again.summary, seconds=0, journal="") == msgspec.structs.replace(
        whole.summary, seconds=0, journal=""
    )


def test_a_second_signal_ends_the_reports_too(given, tmp_path, monkeypatch):
    def reporting(*_):
        os.kill(os.getpid(), signal.SIGHUP)
        raise AssertionError("the report went on")

    with StopSignals() as signals:
        heard_after(monkeypatch, 2, signals)
        with pytest.raises(Stopped) as stopped:
            execute(request(tmp_path), given.WORK, signals=signals, report=reporting)
    assert (stopped.value.by, stopped.value.out) == ("SIGHUP", tmp_path / "out")
    assert len((tmp_path / "out" / "journal.jsonl").read_bytes().splitlines()) == 2


def test_a_signal_when_all_is_done_but_the_end_leaves_the_end_to_whoever_goes_on(given, tmp_path, monkeypatch):
    with StopSignals() as signals:
        heard_after(monkeypatch, 2, signals)
        with pytest.raises(Stopped) as stopped:
            execute(request(tmp_path, "aliasing"), given.WORK, signals=signals)
    assert stopped.value.out == tmp_path / "out"
    assert not (tmp_path / "out" / "summary.json").exists()
    again = execute(RunRequest(resume=tmp_path / "out"), given.WORK)
    assert (again.status, again.summary.stopped, again.summary.planned) == (0, "", 64)


def test_a_signal_before_anything_runs_leaves_an_earlier_run_as_it_was(given, tmp_path):
    finished = execute(request(tmp_path, "aliasing"), given.WORK)
    before = {path.name: path.read_bytes() for path in finished.out.iterdir()}
    with StopSignals() as signals, pytest.raises(Stopped) as stopped:
        execute(request(tmp_path), given.WORK, signals=signals, planned=lambda _: os.kill(os.getpid(), signal.SIGTERM))
    assert stopped.value.out is None
    assert {path.name: path.read_bytes() for path in finished.out.iterdir()} == before


def test_two_runs_into_one_folder_and_the_second_is_refused(given, tmp_path):
    finished = execute(request(tmp_path, "aliasing"), given.WORK)
    before = {path.name: path.read_bytes() for path in finished.out.iterdir()}
    with held(finished.out):
        for asked in (request(tmp_path), RunRequest(resume=finished.out, jobs=1)):
            with pytest.raises(UsageError, match="out: wanted a run directory that nobody else writes to"):
                execute(asked, given.WORK)
    assert {path.name: path.read_bytes() for path in finished.out.iterdir()} == before


def counted(monkeypatch):
    """The chunks that are counted again of an earlier run, in turn."""
    found = []
    compare = recount.not_owed
    monkeypatch.setattr(recount, "not_owed", lambda owed, *rest: found.append(owed.chunk) or compare(owed, *rest))
    return found


def cut_off(out, lines):
    """The run there as if it had been killed when so many lines stood in its journal."""
    journal = out / "journal.jsonl"
    journal.write_bytes(b"".join(journal.read_bytes().splitlines(keepends=True)[:lines]))
    (out / "summary.json").unlink()


def test_what_was_compared_before_a_kill_is_not_counted_again(given, tmp_path, monkeypatch):
    finished = execute(request(tmp_path), given.WORK)
    assert not (finished.out / ".compared.json").exists()
    links = read_journal(finished.out / "journal.jsonl", finished.run["plan"]).links
    again = counted(monkeypatch)
    cut_off(finished.out, 6)
    write_compared(finished.out, Compared(4, links[3]))
    assert execute(RunRequest(resume=finished.out, jobs=1), given.WORK).status == 0
    assert len(again) == 2, "the lines behind the note, beside the new work"
    assert not (finished.out / ".compared.json").exists()


def test_a_run_of_which_only_the_reports_were_left_keeps_its_summary(given, tmp_path, monkeypatch):
    monkeypatch.setattr(conclusion, "_coverage", lambda *_: COVERAGE)
    finished = execute(request(tmp_path), given.WORK)
    before = (finished.out / "summary.json").read_bytes()
    again = counted(monkeypatch)
    reports = []
    gone_on = execute(RunRequest(resume=finished.out), given.WORK, report=lambda *told: reports.append(told))
    assert (gone_on.summary, len(reports), again) == (finished.summary, 1, [])
    assert (finished.out / "summary.json").read_bytes() == before
    (finished.out / "summary.json").write_bytes(before[:-9])
    assert execute(RunRequest(resume=finished.out), given.WORK).summary.planned == 448
    assert len(again) == 8, "one that is not to be trusted is made anew"


def test_a_wrong_record_is_refused_beside_the_new_work(given, tmp_path):
    finished = execute(request(tmp_path), given.WORK)
    cut_off(finished.out, 6)
    edited(finished.out, lambda records: setattr(records[4], "accepted", 7))
    with pytest.raises(NotTrusted, match=r"journal\.jsonl:5: wanted what .*, got accepted: wanted 8, got 7"):
        execute(RunRequest(resume=finished.out, jobs=1), given.WORK)


def test_a_run_goes_on_with_the_known_issues_that_it_began_with(given, tmp_path):
    finished = execute(request(tmp_path, "aliasing"), given.WORK)
    assert finished.run["known_issues"].startswith("sha256:")
    write_json(finished.out / "run.json", finished.run | {"known_issues": "sha256:0"})
    with pytest.raises(UsageError, match=r"run\.json: wanted known_issues sha256:.*, as it is here, got sha256:0"):
        execute(RunRequest(resume=finished.out), given.WORK)
    older = {name: value for name, value in finished.run.items() if name not in {"known_issues", "suite_chunks"}}
    write_json(finished.out / "run.json", older)
    assert execute(RunRequest(resume=finished.out), given.WORK).status == 0


def test_a_run_that_was_ended_before_it_had_a_run_json_is_begun_anew(given, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / ".run.json.half").write_text("{")
    with held(out):
        pass
    with pytest.raises(UsageError, match="out: wanted a run that had begun, got one that was ended before"):
        execute(RunRequest(resume=out), given.WORK)
    assert execute(request(tmp_path, "aliasing"), given.WORK).status == 0


def edited(out, edit):
    """Change the first record of the journal there, and make the links as a run would have made them."""
    plan = json.loads((out / "run.json").read_text())["plan"]
    records = read_journal(out / "journal.jsonl", plan).records
    edit(records)
    (out / "journal.jsonl").unlink()
    with Journal(out / "journal.jsonl", plan) as journal:
        for record in records:
            journal.append(record)


NOT_OWED = (
    (lambda one: one.tallies.clear(), "wanted 8 planned of eager/.* in aliasing/.*, got 0"),
    (lambda one: setattr(one, "accepted", 7), "wanted what .* owes, got accepted: wanted 8, got 7"),
    (lambda one: setattr(one, "family", "odd"), "wanted family flat of aliasing/.*, got odd"),
    (
        lambda one: (one.tallies.clear(), setattr(one, "chunk", "aliasing/quick/cpu/x/eager/y")),
        "wanted a chunk of the plan, got aliasing/quick/cpu/x",
    ),
)


def test_a_record_that_its_chunk_does_not_owe_is_no_beginning(given, tmp_path):
    finished = execute(request(tmp_path, "aliasing"), given.WORK)
    journal, summary = (finished.out / "journal.jsonl").read_bytes(), (finished.out / "summary.json").read_bytes()
    for edit, said in NOT_OWED:
        (finished.out / "journal.jsonl").write_bytes(journal)
        edited(finished.out, lambda records, edit=edit: edit(records[0]))
        with pytest.raises(UsageError, match=rf"journal\.jsonl:1: {said}"):
            execute(RunRequest(resume=finished.out, jobs=1), given.WORK)
        assert (finished.out / "summary.json").read_bytes() == summary, "what is refused is left as it is"


def test_a_journal_of_a_version_that_kept_no_links_is_no_beginning(given, tmp_path):
    finished = execute(request(tmp_path), given.WORK)
    path = finished.out / "journal.jsonl"
    path.write_bytes(b"".join(msgspec.json.encode(one) + b"\n" for one in finished.records))
    with pytest.raises(NotTrusted, match=r"journal\.jsonl:1: wanted links, as run.json has a digest"):
        execute(RunRequest(resume=finished.out, jobs=1), given.WORK)
    run = json.loads((finished.out / "run.json").read_text())
    del run["digest"]
    (finished.out / "run.json").write_text(json.dumps(run))
    with pytest.raises(UsageError, match=r"journal\.jsonl:1: wanted a link in each line"):
        execute(RunRequest(resume=finished.out, jobs=1), given.WORK)


def test_chunks_that_died_or_could_not_be_counted_are_a_beginning(given, tmp_path, monkeypatch):
    odd = {"views": given.suite("views", families=lambda *_: ("uncounted", "crash", "raise", "flat"))}
    monkeypatch.setattr("viewproof.engine.plan.suites_asked", lambda _: odd)
    finished = execute(request(tmp_path), given.WORK)
    again = execute(RunRequest(resume=finished.out, jobs=1), given.WORK)
    assert again.records == finished.records
    assert again.status == finished.status == 3


def full(*_):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_full_disk_under_the_journal_leaves_a_run_that_goes_on(given, tmp_path, monkeypatch):
    whole = execute(request(tmp_path), given.WORK)
    written = []

    def until_full(file, content):
        written.append(content)
        if len(written) > 3:
            full()
        append_all(file, content)

    monkeypatch.setattr("viewproof.records.journal.append_all", until_full)
    with pytest.raises(NotWritten, match=r"journal\.jsonl: cannot be written \(No space left on device\)"):
        execute(request(tmp_path), given.WORK)
    monkeypatch.undo()
    given_again(monkeypatch, given)
    assert not (whole.out / "summary.json").exists()
    again = execute(RunRequest(resume=whole.out, jobs=1), given.WORK)
    assert again.status == 0
    assert differences(whole.records, again.records) == []


def test_a_full_disk_under_a_file_that_is_written_whole_names_it(given, tmp_path, monkeypatch):
    for name in ("run.json", "summary.json"):
        fill(monkeypatch, name)
        with pytest.raises(NotWritten, match=rf"{name}: cannot be written \(No space left on device\)"):
            execute(request(tmp_path, "aliasing"), given.WORK)
        monkeypatch.undo()
        given_again(monkeypatch, given)
        assert not [path for path in (tmp_path / "out").iterdir() if path.name.endswith((".half", name))]


def test_a_run_that_goes_on_leaves_no_earlier_conclusion_beside_it(given, tmp_path, monkeypatch):
    finished = execute(request(tmp_path), given.WORK)
    (finished.out / "report.md").write_text("# Conforms\n")
    journal = finished.out / "journal.jsonl"
    journal.write_bytes(b"".join(journal.read_bytes().splitlines(keepends=True)[:-1]))
    monkeypatch.setattr("viewproof.records.journal.append_all", full)
    with pytest.raises(NotWritten):
        execute(RunRequest(resume=finished.out, jobs=1), given.WORK)
    assert {path.name for path in finished.out.iterdir()} == {"run.json", "journal.jsonl", "workers.log", ".lock"}


def unspeakable(chunk):
    """A worker's check that fails with what UTF-8 cannot hold."""
    record = fake_run.check(chunk)
    fails(record, "\ud800 \udcff")
    return record


def unspeakable_fault(_):
    raise RuntimeError("a fault of \ud800")


@pytest.mark.parametrize(("check", "status"), [(unspeakable, 1), (unspeakable_fault, 3)])
def test_a_message_that_utf_8_cannot_hold_loses_no_run(given, tmp_path, monkeypatch, check, status):
    monkeypatch.setattr(conclusion, "_coverage", lambda *_: COVERAGE)
    finished = execute(request(tmp_path, "aliasing", argv=("--out", "\udcff")), replace(given.WORK, check=check))
    assert finished.status == status
    found = read_directory(finished.out)
    assert "\\ud800" in found.summary.findings[0].observed
    assert found.run["argv"] == ["--out", "\\udcff"]
    assert found.summary == finished.summary
