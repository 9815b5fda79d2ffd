"""A run directory that was edited, torn or put together is believed by no verb: a real run, and changes of it."""

import errno
import json
import os
import re
import shutil

import pytest
from click.testing import CliRunner
from full_disk import fill
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from viewproof.cli import main
from viewproof.engine.run import RunRequest, execute
from viewproof.records.outdir import Selection
from viewproof.reports.run_files import write_reports

QUERIES = ("views/eager/layout.*/aten.t.default", "errors/*/error.refused/aten.broadcast_to.default")
FILES = ("run.json", "journal.jsonl", "summary.json")
#: Bytes that mean something in JSON, and a few that mean nothing.
BYTES = b'0123456789-.,:"{}[]\\ \n\x00\xffaetx'


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A finished run that conforms, with waived failures."""
    out = tmp_path_factory.mktemp("edited") / "run"
    finished = execute(RunRequest(Selection(queries=QUERIES), out, jobs=1), report=write_reports)
    assert finished.status == 0
    assert finished.summary.verdicts["waived"]
    assert len(finished.records) > 3
    return out


@pytest.fixture(scope="module")
def older(run):
    """The same, as a version that kept no digests left it."""
    out = run.parent / "older"
    shutil.copytree(run, out)
    for name in (*FILES[::2], "catalog.json"):
        content = json.loads((out / name).read_text())
        (out / name).write_text(json.dumps({k: v for k, v in content.items() if k not in ("digest", "journal")}))
    journal = (out / "journal.jsonl").read_text()
    (out / "journal.jsonl").write_text(re.sub(r',"link":"[^"]*"\}$', "}", journal, flags=re.MULTILINE))
    return out


@pytest.fixture
def edited(run, tmp_path):
    return shutil.copytree(run, tmp_path / "edited")


def said(*arguments):
    return CliRunner().invoke(main, [str(one) for one in arguments])


def refusal_of(*arguments, status=(3,)):
    """The one line in which a verb refuses: 3 where what was read cannot be trusted, 2 where it is not understood."""
    done = said(*arguments)
    assert done.exit_code in status, done.output
    (line,) = done.stderr.splitlines()
    assert line.startswith("Error: "), line
    assert len(line) <= 300, line
    assert "no change" not in done.stdout
    assert "conforms" not in done.stdout
    return line


def left_out_of(folder, name):
    """What `trend` says of the run that it leaves out."""
    done = said("trend", folder)
    assert done.exit_code == 0, done.output
    (line,) = [line for line in done.output.splitlines() if line.startswith("left out ")]
    assert line.startswith(f"left out {name}: ")
    assert len(line) <= 300
    assert f"\n{name} " not in done.output
    return line


def change(path, was, is_, count=1):
    content = path.read_text()
    assert was in content
    path.write_text(content.replace(was, is_, count))


def test_the_run_itself_is_believed(run, older):
    for one in (run, older):
        done = said("diff", run, one)
        assert (done.exit_code, done.stdout.splitlines()[-1]) == (0, "no change"), done.output
        assert said("report", one, "--out", one.parent / "rendered").exit_code == 0
    assert "left out" not in said("trend", run.parent).output


EXAMPLES = {
    "a flipped digit": ("journal.jsonl", lambda path: change(path, '"pass":', '"pass":1'), "journal.jsonl:"),
    "a line that is there twice": (
        "journal.jsonl", lambda path: path.write_bytes(path.read_bytes() + path.read_bytes().splitlines(True)[-1]),
        "journal.jsonl:",
    ),
    "a journal that was emptied": ("journal.jsonl", lambda path: path.write_bytes(b""), "journal.jsonl: wanted"),
    "a journal that is gone": ("journal.jsonl", lambda path: path.unlink(), "journal.jsonl: wanted"),
    "a folder for a journal": ("journal.jsonl", lambda path: (path.unlink(), path.mkdir()), "journal.jsonl: wanted"),
    "a half line at the end": (
        "journal.jsonl", lambda path: path.write_bytes(path.read_bytes() + b'{"chunk":'), "a torn one at its end",
    ),
    "1,000 failures": ("summary.json", lambda path: change(path, '"fail": 0', '"fail": 1000'), "summary.json: wanted"),
    "a torn summary": ("summary.json", lambda path: path.write_bytes(path.read_bytes()[:900]), "summary.json: wanted"),
    "a summary that is a folder": ("summary.json", lambda path: (path.unlink(), path.mkdir()), "summary.json: wanted"),
    "another torch": ("run.json", lambda path: change(path, '"torch": "', '"torch": "9'), "run.json: wanted"),
    "a run.json that is a folder": ("run.json", lambda path: (path.unlink(), path.mkdir()), "run.json: wanted"),
    "a run.json that is gone": ("run.json", lambda path: path.unlink(), "run.json: wanted"),
    "a space behind a run.json": ("run.json", lambda path: path.write_bytes(path.read_bytes() + b" "), "run.json"),
}  # fmt: skip


#: Those that leave no file of the kind that was wanted. The others leave one that is not to be trusted.
NOT_UNDERSTOOD = {
    "a torn summary", "a summary that is a folder", "a run.json that is a folder", "a run.json that is gone",
}  # fmt: skip


@pytest.mark.parametrize("what", EXAMPLES)
def test_what_was_changed_is_named_by_every_reader(run, edited, what, tmp_path):
    name, edit, wanted = EXAMPLES[what]
    edit(edited / name)
    status = (2,) if what in NOT_UNDERSTOOD else (3,)
    assert wanted in refusal_of("diff", run, edited, status=status)
    assert wanted in refusal_of("diff", edited, run, status=status)
    assert wanted in refusal_of("report", edited, "--out", tmp_path / "rendered", status=status)
    shutil.copytree(run, tmp_path / "good")
    if (edited / "summary.json").exists():
        assert wanted in left_out_of(tmp_path, "edited")


def test_where_no_night_is_to_be_trusted_trend_says_why(edited):
    (edited / "summary.json").write_text("{")
    assert "1 runs, none to be trusted: " in refusal_of("trend", edited.parent)


def without_digest(content):
    return {name: value for name, value in content.items() if name not in ("digest", "journal")}


@pytest.mark.parametrize(
    ("edit", "wanted"),
    [
        (lambda one: one["verdicts"].update({"fail": 1000}), "summary.json: wanted planned"),
        (lambda one: one["by_rule"]["error.refused"].update({"pass": 0}), "pass in all of by_rule, got"),
        (lambda one: one["findings"].pop(), "summary.json: wanted a finding of errors/"),
        (lambda one: one["findings"][0].update(count=0), "summary.json: wanted a count of errors/"),
        (lambda one: one["findings"][0].update(count=2), "wanted "),
        (lambda one: one["findings"][0].update(observed="nothing"), "got nothing"),
        (lambda one: one.update(executions=one["executions"] + 1), "executions, as the journal has"),
        (lambda one: one.update(cases=one["cases"] - 1), "cases, as the journal has"),
        (lambda one: one.update(plan="sha256:0"), "plan sha256:"),
        (lambda one: one.update(profile="full"), "profile quick, as run.json has, got full"),
        (lambda one: one.update(device="cuda"), "device cpu, as run.json has, got cuda"),
        (lambda one: one.update(torch="1.0"), "as run.json has, got 1.0"),
        (lambda one: one.update(seconds=-1), "no number below 0, got -1"),
    ],
)
def test_a_summary_without_a_digest_is_held_to_its_records(run, older, tmp_path, edit, wanted):
    copy = shutil.copytree(older, tmp_path / "older")
    content = json.loads((copy / "summary.json").read_text())
    edit(content)
    (copy / "summary.json").write_text(json.dumps(content))
    assert wanted in refusal_of("diff", run, copy)


@pytest.mark.parametrize("name", FILES)
def test_a_digest_that_was_taken_away_is_missed(run, older, edited, name):
    shutil.copy(older / name, edited / name)
    assert refusal_of("diff", run, edited)
    if name != "summary.json":
        assert refusal_of("run", "--resume", edited)


def test_a_line_of_another_run_of_the_plan_is_refused(run, edited):
    lines = (run / "journal.jsonl").read_bytes().splitlines(keepends=True)
    other = lines[1].replace(b'"generating_seconds":', b'"generating_seconds":1')
    (edited / "journal.jsonl").write_bytes(b"".join([lines[0], other, *lines[2:]]))
    assert "journal.jsonl:2: wanted a line that follows the one before" in refusal_of("diff", run, edited)


def relinked(path, edit, plan):
    """Change the records of a journal, and make its links as if a run had written that."""
    from viewproof.records.journal import _link_of

    lines, link = [], plan
    for line in path.read_text().splitlines():
        record = json.loads(line)
        del record["link"]
        lines.append(record)
    edit(lines)
    text = ""
    for record in lines:
        body = json.dumps(record)[:-1]
        link = f"sha256:{_link_of(link, body.encode())}"
        text += f'{body},"link":"{link}"}}\n'
    path.write_text(text)


FAILURE = {
    "suite": "views", "target": "eager", "rule": "layout.size", "operator": "aten.t.default", "case": "x",
    "verdict": "fail", "expected": "a", "observed": "b", "difference": "c", "known_issue": None,
}  # fmt: skip


def of_views(lines):
    return next(one for one in lines if one["suite"] == "views" and one["tallies"])


def named_anew(lines, old, new):
    record = of_views(lines)
    record["chunk"] = record["chunk"].replace(old, new)
    for tally in record["tallies"]:
        tally["target"], tally["rule"] = tally["target"].replace(old, new), tally["rule"].replace(old, new)


@pytest.mark.parametrize(
    ("edit", "wanted"),
    [
        (lambda lines: of_views(lines).update(tallies=[]), "planned of eager/layout."),
        (lambda lines: of_views(lines)["tallies"].pop(), "planned of eager/layout."),
        (lambda lines: of_views(lines)["failures"].append(FAILURE), "at most 0 failures fail of eager/layout.size"),
        (lambda lines: of_views(lines)["tallies"][0].update(rule="layout.odd"), "got eager/layout.odd"),
        (lambda lines: of_views(lines)["tallies"][0].update(target="odd"), "got odd/layout."),
        (lambda lines: named_anew(lines, "layout.size", "layout.odd"), "wanted a chunk of the plan"),
        (lambda lines: named_anew(lines, "eager", "odd"), "wanted a chunk of the plan"),
        (lambda lines: of_views(lines)["tallies"][0].update(planned=10**6), "got 1000000"),
        (lambda lines: of_views(lines).update(cases=10**6), "cases: wanted"),
        (lambda lines: of_views(lines).update(executions=0), "executions: wanted"),
        (lambda lines: of_views(lines).update(family="odd"), "got odd"),
        (lambda lines: of_views(lines).update(operator="aten.odd.default"), "got aten.odd.default"),
        (lambda lines: of_views(lines)["tallies"][0]["verdicts"].update({"pass": -1}), "below 0, got -1"),
        (lambda lines: of_views(lines)["tallies"][0]["verdicts"].update({"passed": 0}), "got passed"),
        (lambda lines: lines.append(lines[0]), "wanted each chunk once"),
    ],
)
def test_a_run_goes_on_from_no_record_that_its_chunk_does_not_owe(edited, edit, wanted):
    plan = json.loads((edited / "run.json").read_text())["plan"]
    relinked(edited / "journal.jsonl", edit, plan)
    before = {path.name: path.read_bytes() for path in edited.iterdir()}
    line = refusal_of("run", "--resume", edited)
    assert wanted in line
    assert re.search(r"journal\.jsonl:\d+: wanted ", line)
    assert {path.name: path.read_bytes() for path in edited.iterdir()} == before, "a refusal touches nothing"


def test_a_run_of_another_plan_goes_on_nowhere(edited):
    (edited / "journal.jsonl").write_bytes(b"")
    run = json.loads((edited / "run.json").read_text())
    from viewproof.records.outdir import write_json

    write_json(edited / "run.json", run | {"plan": "sha256:0"})
    assert "run.json: wanted plan sha256:" in refusal_of("run", "--resume", edited, status=(2,))
    write_json(edited / "run.json", run | {"torch": "1.0"})
    assert "as it is here, got 1.0" in refusal_of("run", "--resume", edited, status=(2,))


def full(*_):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_full_disk_is_status_3_and_one_line_and_leaves_no_report(run, edited, tmp_path, monkeypatch):
    journal = edited / "journal.jsonl"
    journal.write_bytes(b"".join(journal.read_bytes().splitlines(keepends=True)[:-1]))
    monkeypatch.setattr("viewproof.records.journal.append_all", full)
    done = said("run", "--resume", edited, "--jobs", "1")
    monkeypatch.undo()
    assert done.exit_code == 3
    assert re.fullmatch(r"Error: .*journal\.jsonl: cannot be written \(No space left on device\)\n", done.stderr)
    assert not (edited / "report.md").exists()
    assert said("run", "--resume", edited, "--jobs", "1").exit_code == 0
    assert said("diff", run, edited).stdout.splitlines()[-1] == "no change"
    (tmp_path / "rendered").mkdir()
    fill(monkeypatch, "report.html")
    done = said("report", edited, "--out", tmp_path / "rendered")
    assert done.exit_code == 3
    assert re.fullmatch(r"Error: .*report\.html: cannot be written \(No space left on device\)\n", done.stderr)
    assert list((tmp_path / "rendered").iterdir()) == []


@st.composite
def changes(draw):
    """A change of a file's bytes: which file, and a function from its bytes to others."""
    name, at = draw(st.sampled_from(FILES)), draw(st.floats(0, 1, exclude_max=True))
    byte = bytes([draw(st.sampled_from(BYTES))])
    number = draw(st.integers(1, 400))

    def place(content):
        return int(at * len(content))

    def lines(edit):
        def of(content):
            kept = content.splitlines(keepends=True)
            return b"".join(edit(kept, int(at * len(kept))))

        return of

    kinds = {
        "a byte is another": lambda content: content[: place(content)] + byte + content[place(content) + 1 :],
        "a byte is put in": lambda content: content[: place(content)] + byte + content[place(content) :],
        "bytes are gone": lambda content: content[: place(content)] + content[place(content) + number :],
        "the end is gone": lambda content: content[: place(content)],
        "a line is gone": lines(lambda kept, one: kept[:one] + kept[one + 1 :]),
        "a line is there twice": lines(lambda kept, one: kept[: one + 1] + kept[one:]),
        "lines are turned": lines(lambda kept, one: kept[:one] + kept[one : one + 2][::-1] + kept[one + 2 :]),
        "a digit is another": lambda content: re.sub(
            rb"\d", lambda found: b"%d" % ((int(found[0]) + 1) % 10), content[place(content) :], count=1
        ).join([content[: place(content)], b""]),
    }
    kind = draw(st.sampled_from(sorted(kinds)))
    return name, kind, kinds[kind]


def changed(run, folder, one):
    """A copy of the run with one change."""
    name, _, edit = one
    before = (run / name).read_bytes()
    after = edit(before)
    assume(after != before)
    folder.mkdir(parents=True, exist_ok=True)
    for other in (*FILES, "catalog.json"):
        (folder / other).write_bytes(after if other == name else (run / other).read_bytes())
    return folder


_QUICK = settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])


@_QUICK
@given(one=changes())
def test_no_change_of_a_byte_is_believed(run, tmp_path, one):
    folder = changed(run, tmp_path / "nights" / "one", one)
    refusal_of("diff", run, folder, status=(2, 3))
    refusal_of("report", folder, "--out", tmp_path / "rendered", status=(2, 3))
    refusal_of("trend", tmp_path / "nights", status=(2, 3))


@_QUICK
@given(one=changes())
def test_no_change_of_an_older_run_ends_otherwise_than_in_one_line(older, tmp_path, one):
    folder = changed(older, tmp_path / "one", one)
    for arguments in (("diff", older, folder), ("report", folder, "--out", tmp_path / "rendered"), ("trend", tmp_path)):
        done = said(*arguments)
        assert done.exit_code in (0, 1, 2, 3)
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        if done.exit_code > 1:
            (line,) = done.stderr.splitlines()
            assert len(line) <= 300


@settings(_QUICK, max_examples=25)
@given(one=changes())
def test_a_changed_run_goes_on_to_the_same_end_or_not_at_all(run, tmp_path, one):
    folder = changed(run, tmp_path / "one", one)
    done = said("run", "--resume", folder, "--jobs", "1")
    assert done.exit_code in (0, 2, 3), done.output
    if done.exit_code:
        (line,) = done.stderr.splitlines()
        assert len(line) <= 300
    else:
        assert said("diff", run, folder).stdout.splitlines()[-1] == "no change"
