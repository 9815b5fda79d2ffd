"""junit.xml: a test case an operator x target x rule of each suite, as CI systems and their dashboards read it."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from viewproof.records.counts import balanced
from viewproof.records.findings import Finding, group_failures
from viewproof.records.model import LACKING, WRONG, ChunkRecord
from viewproof.records.summary import Summary, how_stopped
from viewproof.reports.unrun import unrun_by_suite
from viewproof.visible import one_line, visible

#: Findings written out in one test case.
SHOWN = 20
#: Why a test case is skipped that has no other verdict.
_UNSEEN = "nothing to compare: the rule applies, and what is expected has nothing that it could see"
_UNSUPPORTED = "declared as unsupported"
#: Verdicts of which a test case that has no others has not passed; and those that one has which passed.
_NOTHING_JUDGED = frozenset({"unsupported", "unseen"})
_NOTHING_WRONG = _NOTHING_JUDGED | {"pass"}


@dataclass(slots=True)
class _Item:
    """The verdicts of one test case. `seconds` is its part of its chunks' time, by its part of their verdicts."""

    verdicts: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0


def render_junit(records: Sequence[ChunkRecord], summary: Summary, run: Mapping[str, Any]) -> str:
    """The whole file. A test case fails where a verdict does, and is skipped where all that differs is waived.

    One that has no verdict but `unseen` and `unsupported` is skipped too: nothing was compared, so that it has not
    passed. Known issues that do not hold, which fail a run, are test cases of a suite `known_issues`. The chunks that a
    run left because it was stopped are errors of a suite `stopped`, a test case for each suite of the plan.
    """
    root = ET.Element("testsuites", name="viewproof")
    findings = group_failures(records)
    by_suite: dict[str, list[ChunkRecord]] = defaultdict(list)
    for record in records:
        by_suite[record.suite].append(record)
    for name, of_suite in by_suite.items():
        _suite(root, name, of_suite, [one for one in findings if one.suite == name], summary, run)
    _problems(root, summary.problems)
    _unrun(root, summary, run, records)
    # How many are skipped is no attribute of the root in the schemas that there are.
    for word in ("tests", "failures", "errors"):
        root.set(word, str(sum(int(suite.get(word, "0")) for suite in root)))
    root.set("time", f"{sum(float(suite.get('time', '0')) for suite in root):.3f}")
    _spell_out(root)
    ET.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _suite(  # noqa: PLR0917  -- where, what, and the run that it is part of
    root: ET.Element,
    name: str,
    records: list[ChunkRecord],
    findings: list[Finding],
    summary: Summary,
    run: Mapping[str, Any],
) -> None:
    suite = ET.SubElement(root, "testsuite", name=name)
    if run.get("started"):
        suite.set("timestamp", str(run["started"]).partition("+")[0])
    properties = ET.SubElement(suite, "properties")
    for word in ("viewproof", "torch", "device", "profile", "plan"):
        ET.SubElement(properties, "property", name=word, value=getattr(summary, word))
    of_target: dict[tuple[str, str], list[Finding]] = defaultdict(list)
    for finding in findings:
        of_target[finding.operator, finding.target].append(finding)
    counts: Counter[str] = Counter()
    seconds = 0.0
    for (operator, target, rule), item in _items(records).items():
        case = ET.SubElement(suite, "testcase", classname=f"viewproof.{name}.{operator}", name=f"{target}/{rule}")
        case.set("time", f"{item.seconds:.6f}")
        seconds += item.seconds
        counts["tests"] += 1
        counts[_verdict(case, rule, item.verdicts, of_target[operator, target])] += 1
    for word in ("tests", "failures", "errors", "skipped"):
        suite.set(word, str(counts[word]))
    suite.set("time", f"{seconds:.3f}")


def _items(records: Iterable[ChunkRecord]) -> dict[tuple[str, str, str], _Item]:
    items: dict[tuple[str, str, str], _Item] = defaultdict(_Item)
    for record in records:
        planned = sum([tally.planned for tally in record.tallies])
        for tally in record.tallies:
            if tally.planned:
                item = items[record.operator, tally.target, tally.rule]
                for word, number in balanced(tally).items():
                    item.verdicts[word] = item.verdicts.get(word, 0) + number
                item.seconds += record.checking_seconds * tally.planned / planned
    return items


def _verdict(case: ET.Element, rule: str, verdicts: dict[str, int], findings: list[Finding]) -> str:
    """Write what the verdicts come to into the test case; returns the attribute that counts it."""
    given = {word for word, number in verdicts.items() if number}
    if "pass" in given and given <= _NOTHING_WRONG:
        return "passed"
    said = ", ".join(f"{number} {word}" for word, number in verdicts.items() if number)
    own = [one for one in findings if one.rule == rule]
    unsaid = {word for word, number in verdicts.items() if number and word != "pass"} - {one.verdict for one in own}
    # A call that raised is one finding, under the first of its rules, and a verdict of each of its rules.
    own += [one for one in findings if one.rule != rule and one.verdict in unsaid]
    for words, tag, counted in ((LACKING, "error", "errors"), (WRONG, "failure", "failures")):
        worst = [word for word in words if word in given]
        if worst:
            shown = [one for one in own if one.verdict not in ("waived", "pass")]
            about = f"; smallest case: {shown[0].case}" if shown else ""
            element = ET.SubElement(case, tag, type=worst[0], message=said + about)
            element.text = "\n\n".join(map(_finding, shown[:SHOWN])) or said
            return counted
    if "waived" in given:
        issues = dict.fromkeys(one.known_issue or "?" for one in own if one.verdict == "waived")
        ET.SubElement(case, "skipped", message=f"known issue: {', '.join(issues) or '?'} ({said})")
        return "skipped"
    if given and given <= _NOTHING_JUDGED:
        reasons = [why for word, why in (("unseen", _UNSEEN), ("unsupported", _UNSUPPORTED)) if word in given]
        ET.SubElement(case, "skipped", message=f"{'; '.join(reasons)} ({said})")
        return "skipped"
    return "passed"


def _finding(finding: Finding) -> str:
    return (
        f"{finding.verdict}: {one_line(finding.result)} ({finding.count} alike)\n"
        f"  expected {one_line(finding.expected)}\n  observed {one_line(finding.observed)}"
    )


def _problems(root: ET.Element, problems: Sequence[str]) -> None:
    if not problems:
        return
    number = str(len(problems))
    suite = ET.SubElement(
        root, "testsuite", name="known_issues", tests=number, failures=number, errors="0", skipped="0", time="0.000"
    )
    for place, problem in enumerate(problems, 1):
        case = ET.SubElement(suite, "testcase", classname="viewproof.known_issues", name=f"problem {place}", time="0")
        ET.SubElement(case, "failure", type="known issue", message=one_line(problem)).text = one_line(problem)


def _unrun(root: ET.Element, summary: Summary, run: Mapping[str, Any], records: Sequence[ChunkRecord]) -> None:
    if not summary.stopped:
        return
    said = [f"{left} of {all_} chunks were not run" for _, left, all_ in unrun_by_suite(summary, run, records)]
    names = [name for name, _, _ in unrun_by_suite(summary, run, records)]
    number = str(max(1, len(names)))
    suite = ET.SubElement(
        root, "testsuite", name="stopped", tests=number, failures="0", errors=number, skipped="0", time="0.000"
    )
    for name, words in zip(names or ["run"], said or [""], strict=True):
        case = ET.SubElement(suite, "testcase", classname="viewproof.stopped", name=name, time="0")
        how = how_stopped(summary, run.get("chunks"))
        ET.SubElement(case, "error", type="stopped", message=one_line(how)).text = one_line(words or how)


def _spell_out(root: ET.Element) -> None:
    """Spell out what acts on a reader's screen, all that XML 1.0 cannot write among it, in every text of the tree."""
    for element in root.iter():
        for name, value in element.items():
            if not value.isprintable():
                element.set(name, visible(value))
        if element.text is not None:
            element.text = visible(element.text, keep="\n")
