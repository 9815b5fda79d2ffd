"""Nothing that a run holds is markup or an escape in any report: each has the form of a harmless run's, text apart."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from pathlib import Path

import made_up
import msgspec
import pytest
from hostile import TEXTS, acting
from junit_schema import breaches
from markdown_it import MarkdownIt

from viewproof.contract.known_issues import own_issues
from viewproof.engine.run import RunOutcome
from viewproof.records.coverage import WithoutSample
from viewproof.records.findings import group_failures
from viewproof.reports.badge import render_badge
from viewproof.reports.diff import Side, compare
from viewproof.reports.diff_render import as_html, as_markdown, as_text
from viewproof.reports.html import page, render_html
from viewproof.reports.junit import render_junit
from viewproof.reports.markdown import render_markdown
from viewproof.reports.step_summary import render_step_summary
from viewproof.reports.trend import Night, trend_html, trend_json, trend_markdown, trend_text

READER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
every_text = pytest.mark.parametrize("text", [pytest.param(one, id=name) for name, one in TEXTS.items()])


def records_with(text):
    """A chunk's record in which all that was read is `text`, with a failure, a waived one and a lacking one."""
    named = {"operator": text, "suite": text}
    said = {"expected": text, "observed": text, "difference": text, "target": text}
    failures = [
        made_up.failure(f"{text}a", rule=f"a{text}", **named, **said),
        made_up.failure(f"{text}b", rule=f"b{text}", verdict="waived", known_issue=text, **named, **said),
        made_up.failure(f"{text}c", rule=f"c{text}", verdict="harness_error", **named, **said),
    ]
    return [made_up.record(*failures, family=text, chunk=text, **named)]


def summary_with(text, records):
    built = made_up.summary(
        records, torch=text, device=text, profile=text, problems=(text,), plan=text, viewproof=text,
        findings=tuple(group_failures(records)),
    )  # fmt: skip
    operators = msgspec.structs.replace(built.coverage.operators, gaps={text: text})
    rules = msgspec.structs.replace(built.coverage.rules, gaps=(text,))
    lacking = {text: WithoutSample(count=1, operators=(text,))}
    coverage = msgspec.structs.replace(built.coverage, operators=operators, rules=rules, without_sample=lacking)
    return msgspec.structs.replace(built, coverage=coverage)


def run_with(text):
    return made_up.RUN | {
        "not_run": {text: text}, "selection": {"queries": [text]}, "started": text, "seed": text, "argv": [text],
        "environment": {text: text, "worker_unknown": text, "variables": {text: text}}, "suites": [text],
        "targets": [text], "rules": [text],
    }  # fmt: skip


def made_of(text):
    records = records_with(text)
    return summary_with(text, records), run_with(text), records


def elements(html):
    """The elements of a page and the names of their attributes, in their order."""
    found = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag, attributes):
            found.append((tag, *sorted(name for name, _ in attributes)))

        def handle_endtag(self, tag):
            found.append(("/", tag))

        def handle_comment(self, data):
            found.append(("comment",))

        def handle_decl(self, decl):
            found.append(("declaration",))

        unknown_decl = handle_pi = handle_comment

    Reader().feed(html)
    return found


def blocks(markdown):
    """The kinds of what a reader of Markdown makes of a page, in their order, texts left out."""
    found = []
    for token in READER.parse(markdown):
        found.append(token.type)
        found += [one.type for one in token.children or () if one.type not in {"text", "text_special", "softbreak"}]
    return found


def nodes(xml):
    return [(one.tag, *sorted(one.keys())) for one in ET.fromstring(xml).iter()]  # noqa: S314  -- our own text


@every_text
def test_markdown_has_the_same_blocks(text):
    for render in (lambda *run: render_markdown(*run, {run[0].torch: run[0].torch}), render_step_summary_of):
        pages = [render(*made_of(one)) for one in (text, "harmless")]
        assert blocks(pages[0]) == blocks(pages[1])
        assert acting(pages[0]) == []


def render_step_summary_of(summary, run, _):
    return render_step_summary(summary, run)


@every_text
def test_the_page_has_the_same_elements(text, monkeypatch):
    pages = []
    for one in (text, "harmless"):
        issue = msgspec.structs.replace(own_issues()[0], id=one, title=one, source=one)
        monkeypatch.setattr(page, "issues_of_suites", lambda _, issue=issue: [issue])
        summary, run, records = made_of(one)
        pages.append(render_html(summary, run, records, {one: one}))
    assert elements(pages[0]) == elements(pages[1])
    assert acting(pages[0]) == []
    assert pages[0].count("<script") == pages[0].count("</script") == 3


@every_text
def test_junit_has_the_same_elements(text):
    files = []
    for one in (text, "harmless"):
        summary, run, records = made_of(one)
        files.append(render_junit(records, summary, run))
    assert nodes(files[0]) == nodes(files[1])
    assert acting(files[0]) == []
    assert breaches(files[0]) == []
    lines = [[one.text.count("\n") for one in ET.fromstring(file).iter("failure")] for file in files]  # noqa: S314
    assert lines[0] == lines[1]


@every_text
def test_the_badge_has_the_same_elements(text):
    badges = [render_badge(summary_with(one, records_with(one))) for one in (text, "harmless")]
    assert nodes(badges[0]) == nodes(badges[1])
    assert acting(badges[0]) == []


def sides_with(text):
    """Two runs that differ in all that can: in faults, cases, rules, torch, place and known issues."""
    summary, run, _ = made_of(text)
    before = msgspec.structs.replace(
        made_up.summary([made_up.record()]), viewproof=f"{text}0", profile=f"{text}0", device=f"{text}0", torch="1"
    )
    catalog = {text: {"kind": text, "schema": text}, "other": {"kind": "view", "schema": text}}
    old = {"other": {"kind": text, "schema": "other"}, f"{text}x": {"kind": text, "schema": text}}
    # So that a fault is one of a rule and an operator that were run.
    names = {"by_rule": summary.by_rule, "by_target": summary.by_target, "by_operator": summary.by_operator}
    sides = (
        Side(text, msgspec.structs.replace(before, **names), {"environment": {"python": f"{text}3"}}, None, None, old),
        Side(text, summary, run | {"environment": {"python": text}}, None, None, catalog),
    )
    return *sides, compare(*sides)


@every_text
def test_a_comparison_has_the_same_form(text):
    hostile, harmless = sides_with(text), sides_with("harmless")
    assert [one.kind for one in hostile[2]] == [one.kind for one in harmless[2]]
    assert elements(as_html(*hostile)) == elements(as_html(*harmless))
    assert blocks(as_markdown(*hostile)) == blocks(as_markdown(*harmless))
    assert as_text(*hostile).count("\n") == as_text(*harmless).count("\n")
    for render in (as_html, as_markdown, as_text):
        assert acting(render(*hostile)) == []


@every_text
def test_a_trend_has_the_same_form(text):
    hostile, harmless = (
        [Night(one, one, one, one, one, "conforms", 1, 1, 0, None, 0, 0, 0, 0, 1.0)] for one in (text, "harmless")
    )
    assert elements(trend_html(hostile)) == elements(trend_html(harmless))
    assert blocks(trend_markdown(hostile)) == blocks(trend_markdown(harmless))
    assert trend_text(hostile).count("\n") == trend_text(harmless).count("\n")
    for render in (trend_html, trend_markdown, trend_text, trend_json):
        assert acting(render(hostile)) == []
    assert msgspec.json.decode(trend_json([hostile[0]._replace(run="\u202e")]))["runs"][0]["run"] == "\u202e"


@every_text
def test_the_last_lines_of_a_run_are_as_many(text, capsys):
    from viewproof.cli.output import say
    from viewproof.cli.run import closing_lines

    said = []
    for one in (text, "harmless"):
        summary, run, records = made_of(one)
        say(*closing_lines(RunOutcome(summary, run, records, Path(one or "."), 1)))
        said.append(capsys.readouterr().out)
    assert said[0].count("\n") == said[1].count("\n")
    assert acting(said[0]) == []
