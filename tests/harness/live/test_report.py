"""What a block leaves behind: summary.json as a run has it, a report with lines, and a script a finding."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
import torch
from hostile import TEXTS, acting
from markdown_it import MarkdownIt

import viewproof
from viewproof.errors import UsageError
from viewproof.live.findings import finding_of
from viewproof.live.report import BlockSummary, render, summarize, write_report
from viewproof.records.model import Failure
from viewproof.records.schemas import to_newest
from viewproof.reports.markdown_table import escaped

SEEDED = """
import torch, viewproof
from pathlib import Path
from viewproof.live.report import write_report


def dropped(self, dim, index):
    size, stride = list(self.size()), list(self.stride())
    del size[dim], stride[dim]
    return torch.empty(0, dtype=self.dtype).set_(self.untyped_storage(), self.storage_offset(), size, stride)


library = torch.library.Library("aten", "IMPL")
library.impl("select.int", dropped, "CPU", allow_override=True)
with viewproof.crossref() as findings:
    torch.zeros(3, 4)[1]  # here
write_report(findings, Path("out"), "seeded")
"""


def test_the_summary_is_that_of_a_run_and_balances():
    with viewproof.crossref() as findings:
        torch.zeros(3, 4).transpose(0, 1)
    summary = summarize(findings)
    assert summary.planned == sum(summary.verdicts.values()) > 0
    assert summary.cases == 1
    assert summary.verdicts["fail"] == summary.verdicts["harness_error"] == 0
    assert summary.by_operator.keys() == {"aten.transpose.int"}
    assert {"eager", "meta", "fake", "functionalize"} <= summary.by_target.keys()
    assert summary.crossref.counts["checked"] == 1
    assert list(msgspec.to_builtins(summary))[-2:] == ["journal", "crossref"]


def test_what_was_published_of_programs_is_read_and_nothing_of_it_is_lost():
    path = Path(__file__).parents[3] / "reports/programs-torch-2.13-cpu/summary.json"
    published = json.loads(path.read_text(encoding="utf-8"))
    assert published
    for name, content in published.items():
        summary = msgspec.convert(to_newest(content, content["schema"]), BlockSummary)
        written = json.loads(msgspec.json.encode(summary))
        assert held(content | {"schema": 2}, written), name


def held(part, whole):
    """Whether all that `part` says is said in `whole`."""
    if isinstance(part, dict):
        return all(name in whole and held(one, whole[name]) for name, one in part.items())
    if isinstance(part, list):
        return len(part) == len(whole) and all(map(held, part, whole))
    return part == whole


def test_a_rule_that_only_had_nothing_to_compare_is_a_gap_and_is_explained():
    with viewproof.crossref(again=False) as findings:
        torch.zeros(3, 4).transpose(0, 1)
    tally = findings.records[0].tallies[0]
    for record in findings.records:
        for one in record.tallies:
            if one.rule == tally.rule:
                one.verdicts = {"unseen": one.planned}
    summary = summarize(findings)
    # No dimension of the block's only call is of size 1: its exact strides had nothing to compare either.
    assert set(summary.coverage.rules.gaps) == {tally.rule, "layout.stride-exact"}
    assert summary.coverage.rules.covered == summary.coverage.rules.planned - len(summary.coverage.rules.gaps)
    report = render(findings, summary, [])
    assert "- unseen" in report
    assert report.count("there was nothing to compare") == 1


def test_a_harness_error_makes_it_no_evidence():
    from viewproof.records.summary import exit_status

    with viewproof.crossref() as findings:
        torch.zeros(3, 4).transpose(0, 1)
    assert exit_status(summarize(findings)) == 0
    findings.fail("here", KeyError("ours"))
    summary = summarize(findings)
    assert exit_status(summary) == findings.status == 3
    assert summary.planned == sum(summary.verdicts.values())


def test_a_finding_stands_there_with_its_line_and_its_script(child, tmp_path):
    done = child(SEEDED)
    assert done.returncode == 0, done.stderr
    out = tmp_path / "out"
    summary = json.loads((out / "summary.json").read_text())
    found = [one for one in summary["findings"] if one["verdict"] == "fail" and one["seen"] == "live"]
    assert [(one["rule"], one["line"].rpartition("/")[2]) for one in found] == [
        ("layout.offset", "program.py:16 in <module>")
    ]
    report = (out / "report.md").read_text()
    assert report.startswith("# viewproof crossref: does not conform\n")
    assert "    torch.zeros(3, 4)[1]  # here\n" in report
    assert "- Reproduction: `repro/1.py`" in report
    script = out / "repro" / "1.py"
    # Torch alone has no wrong kernel: the script says that the fault is gone.
    alone = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=False)
    assert alone.returncode == 0, alone.stdout + alone.stderr
    # With the kernel it says that the fault is there.
    seed = SEEDED.partition("with viewproof")[0]
    seeded = child(seed + script.read_text().partition('\n"""\n')[2])
    assert seeded.returncode == 1, seeded.stdout + seeded.stderr


def test_a_second_report_replaces_the_first(tmp_path):
    with viewproof.crossref(again=False) as findings:
        torch.zeros(3, 4).transpose(0, 1)
    write_report(findings, tmp_path / "out")
    (tmp_path / "out" / "repro").mkdir()
    (tmp_path / "out" / "repro" / "1.py").write_text("")
    write_report(findings, tmp_path / "out")
    assert not (tmp_path / "out" / "repro" / "1.py").exists()
    assert (tmp_path / "out" / "report.md").read_text().startswith("# viewproof crossref: conforms\n")


def test_a_folder_of_something_else_is_left_alone(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with viewproof.crossref(again=False) as findings:
        torch.zeros(3, 4).transpose(0, 1)
    with pytest.raises(UsageError, match="wanted a new"):
        write_report(findings, tmp_path)
    assert (tmp_path / "mine.txt").read_text() == "mine"


def report_of(text):
    """The report of a block in which all that was read is `text`."""
    with viewproof.crossref() as findings:
        torch.zeros(3, 4).transpose(0, 1)
    failure = Failure(
        suite=text, target=text, rule="layout.size", operator=text, case=text, verdict="fail", expected=text,
        observed=text, difference=text, known_issue=None,
    )  # fmt: skip
    for issue in (None, text):
        one = msgspec.structs.replace(failure, known_issue=issue, verdict="waived" if issue else "fail")
        where = {"lines": (text, text), "source": f"x = {text}", "via": text}
        findings.add(finding_of(one, count=1, seen="again", device="cpu", **where))
    findings.problems.append(text)
    findings.fail(text, ValueError(text))
    findings.unspelled[text] += 1
    return render(findings, summarize(findings, text), [f"none: {escaped(text)}"])


@pytest.mark.parametrize("text", TEXTS.values(), ids=list(TEXTS))
def test_nothing_that_was_read_is_markup_or_acts(text):
    pages = [report_of(one) for one in (text, "harmless")]
    kinds = [[token.type for token in MarkdownIt("commonmark").enable("table").parse(page)] for page in pages]
    assert kinds[0] == kinds[1]
    assert acting(pages[0]) == []
