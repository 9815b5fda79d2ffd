"""Findings group, summaries balance, known issues hold or are problems."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest

from viewproof.contract.installed import own_rules
from viewproof.contract.state import RESTORED
from viewproof.engine.plan import make_plan
from viewproof.engine.shards import shards_of
from viewproof.errors import UsageError
from viewproof.records.counts import balanced
from viewproof.records.coverage import Coverage, OperatorCoverage, RuleCoverage
from viewproof.records.findings import group_failures
from viewproof.records.issues import issue_problems
from viewproof.records.model import Failure, Tally
from viewproof.records.summary import (
    build_summary,
    exit_status,
    read_with_schema,
    seen,
    why_no_evidence,
    write_summary,
)

NOTHING = Coverage(
    operators=OperatorCoverage(covered=0, partly=0, uncovered=0, catalog=0, excluded=0, gaps={}),
    rules=RuleCoverage(covered=0, planned=0, gaps=()),
)


def failure(case, difference="stride", verdict="fail"):
    return Failure(
        suite="views",
        target="meta",
        rule="layout.stride",
        operator="aten.alias.default",
        case=case,
        verdict=verdict,
        expected="(1,)",
        observed="(2,)",
        difference=difference,
    )


def records(fake):
    return [fake.check(chunk) for chunk in make_plan(fake.suites())]


def summary(found, **more):
    fields: dict[str, Any] = {
        "torch_version": "2.13.0",
        "device": "cpu",
        "profile": "quick",
        "plan": "sha256:0",
        "seconds": 1.0,
    }
    return build_summary(found, **fields, coverage=NOTHING, **more)


def test_one_fault_is_one_finding_with_its_smallest_case(fake):
    found = records(fake)[:2]
    found[0].failures = [failure("f(bb)"), failure("f(ccc)")]
    found[1].failures = [failure("f(ab)"), failure("f(x)", "size")]
    findings = group_failures(found)
    assert [(finding.case, finding.count) for finding in findings] == [("f(x)", 1), ("f(ab)", 3)]
    assert findings[1].result == "views/meta/layout.stride/f(ab)"


def test_what_has_no_result_is_missing(fake):
    found = records(fake)
    assert exit_status(summary(found)) == 0
    assert summary(found).cases == 24
    found[0].tallies[0].verdicts = {"pass": 5, "fail": 1}
    result = summary(found)
    assert result.verdicts["missing"] == 2
    assert result.planned == sum(result.verdicts.values())
    assert exit_status(result) == 3
    assert result == summary(found[::-1])


def test_exit_status(fake):
    found = records(fake)
    assert exit_status(summary(found, problems=["x"])) == 1
    found[0].tallies[0].verdicts = {"pass": 7, "waived": 1}
    assert exit_status(summary(found)) == 0
    found[0].tallies[0].verdicts = {"pass": 7, "timeout": 1}
    assert exit_status(summary(found)) == 1
    assert exit_status(summary([])) == 3
    found[0].tallies[0].verdicts = {"pass": 7, "flaky": 1}
    assert exit_status(summary(found)) == 1
    with pytest.raises(ValueError, match="at most 1"):
        balanced(Tally(target="eager", rule="layout.size", planned=1, verdicts={"pass": 2}))


def all_are(found, **verdicts):
    """The records, with each tally's verdicts split as said; `...` takes what is left."""
    for record in found:
        for tally in record.tallies:
            left = tally.planned - sum(number for number in verdicts.values() if number is not ...)
            tally.verdicts = {word: left if number is ... else number for word, number in verdicts.items()}
    return found


@pytest.mark.parametrize(
    ("verdicts", "why"),
    [
        ({"pass": 1, "unseen": ...}, ""),
        ({"waived": 1, "unseen": ...}, ""),
        ({"unseen": ...}, "nothing was compared (448 unseen)"),
        ({"unseen": ..., "unsupported": 1}, "nothing was compared (56 unsupported, 392 unseen)"),
        ({"pass": ..., "missing": 1}, "56 missing"),
        ({"unseen": ..., "harness_error": 1, "missing": 2}, "56 harness errors, 112 missing"),
    ],
)
def test_a_run_is_evidence_only_where_something_was_seen(fake, verdicts, why):
    result = summary(all_are(records(fake), **verdicts))
    assert why_no_evidence(result) == why
    assert exit_status(result) == (3 if why else 0)


def test_that_nothing_is_left_is_no_evidence_of_a_run_that_compared_nothing_else(fake):
    found = all_are(records(fake), unseen=...)
    for record in found:
        for tally in record.tallies:
            if tally.rule == RESTORED:
                tally.verdicts = {"pass": tally.planned}
    assert why_no_evidence(summary(found)).startswith("nothing was compared (")


def test_a_fault_beside_what_is_missing_is_no_verdict_and_beside_what_is_unseen_it_is_one(fake):
    assert exit_status(summary(all_are(records(fake), fail=1, missing=...))) == 3
    assert exit_status(summary(all_are(records(fake), fail=1, unseen=...))) == 1
    assert why_no_evidence(summary([])) == "nothing was selected"
    found = all_are(records(fake), **{"pass": ...})
    found[0].tallies[0].verdicts = {"pass": 7, "harness_error": 1}
    assert why_no_evidence(summary(found)) == "1 harness error"


@dataclass
class Issue:
    id: str = "odd"
    suites: tuple[str, ...] = ("views",)
    targets: tuple[str, ...] = ("meta",)
    rules: tuple[str, ...] = ("layout.stride",)
    operators: tuple[str, ...] = ("aten.alias.default",)
    here: bool = True
    profile: str = "quick"
    unstable: bool = False

    def applies_here(self, torch_version, device):
        assert (torch_version, device) == ("2.13.0", "cpu")
        return self.here


def problems(fake, issue, *queries, shown=0, wide=()):
    plan = make_plan(fake.suites(), queries)
    found = [fake.check(chunk) for chunk in plan]
    found[0].issues_shown = {"odd": shown}
    found[0].too_wide = list(wide)
    return issue_problems([issue], found, plan, fake.suites(), "2.13.0")


def test_known_issues_that_do_not_hold(fake):
    assert "did not show" in problems(fake, Issue())[0]
    assert problems(fake, Issue(), shown=1) == []
    assert problems(fake, Issue(here=False)) == []
    assert problems(fake, Issue(unstable=True)) == [], "it need not show"
    assert problems(fake, Issue(profile="full")) == [], "this is quick, which has no case of it"
    assert problems(fake, Issue(), "views/eager") == [], "the plan does not hold its cases"
    assert "too wide: 2" in problems(fake, Issue(), shown=1, wide=["odd: f(a)", "odd: f(b)"])[0]


def test_an_issue_whose_cases_are_in_other_shards_is_no_problem_of_a_shard(fake):
    shards = shards_of(make_plan(fake.suites()), 4)
    held = [sum(chunk.operator in Issue.operators and chunk.suite == "views" for chunk in shard) for shard in shards]
    assert sorted(held) == [0, 0, 1, 1], "its families are dealt to two of them"
    for shard in shards:
        found = [fake.check(chunk) for chunk in shard]
        assert issue_problems([Issue()], found, shard, fake.suites(), "2.13.0") == []


def published(name):
    return Path(__file__).parents[3] / name


def test_what_was_published_is_read_and_what_is_written_of_it_is_written_again_as_it_was(tmp_path):
    path = published("reports/torch-2.13-cpu/summary.json")
    write_summary(tmp_path, read_with_schema(path).summary)
    written = (tmp_path / "summary.json").read_bytes()
    was, is_ = msgspec.json.decode(path.read_bytes()), msgspec.json.decode(written)
    assert {word: is_["verdicts"][word] for word in was["verdicts"]} == was["verdicts"]
    assert [one | {"follows": {}, "fault": None} for one in was["findings"]] == [
        one | {"follows": {}, "fault": None} for one in is_["findings"]
    ]
    assert (is_["executions"], is_["planned"], is_["coverage"]) == (was["executions"], was["planned"], was["coverage"])
    write_summary(tmp_path, read_with_schema(tmp_path / "summary.json").summary)
    assert (tmp_path / "summary.json").read_bytes() == written


def test_no_rule_is_unseen_in_all_of_quick():
    """A rule that never has anything to compare says nothing of torch, however often it is owed."""
    by_rule = read_with_schema(published("reports/torch-2.13-cpu/summary.json")).summary.by_rule
    assert set(by_rule) == set(own_rules())
    assert [rule for rule, verdicts in by_rule.items() if not seen(verdicts)] == []


def test_the_keys_stand_in_the_order_of_the_design(fake, tmp_path):
    found = records(fake)
    found[0].failures = [failure("f(x)")]
    write_summary(tmp_path, summary(found))
    content = msgspec.json.decode((tmp_path / "summary.json").read_bytes())
    ours = ["problems", "shard", "stopped", "unrun"]
    assert [key for key in content if key not in ours] == [
        "schema", "viewproof", "torch", "device", "profile", "plan", "cases", "executions", "reused", "planned",
        "verdicts", "coverage", "by_operator", "by_target", "by_rule", "findings", "seconds", "checking_seconds",
        "journal", "digest",
    ]  # fmt: skip
    assert content["schema"] == 2
    assert list(content["verdicts"]) == list(content["by_rule"]["layout.size"]) == [
        "pass", "fail", "crash", "timeout", "unsupported", "waived", "flaky", "unseen", "missing", "harness_error",
    ]  # fmt: skip
    (one,) = content["findings"]
    assert [key for key in one if key not in ("difference", "known_issue")] == [
        "result", "verdict", "suite", "target", "rule", "operator", "case", "expected", "observed", "count", "follows",
        "fault",
    ]  # fmt: skip
    assert (one["follows"], one["fault"]) == ({}, None)


def test_reused_executions_are_summed(fake):
    found = records(fake)
    assert summary(found).reused == 0
    found[0].reused, found[1].reused = 3, 4
    assert summary(found).reused == 7
    assert summary(found).executions == sum(record.executions for record in found)


def test_what_another_version_adds_is_left_out_and_what_an_older_one_lacked_has_a_default(fake, tmp_path):
    built = summary(records(fake))
    content = msgspec.to_builtins(built) | {"later": 1}
    (tmp_path / "summary.json").write_bytes(msgspec.json.encode(content))
    assert read_with_schema(tmp_path / "summary.json").summary == built


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"schema": 3}, r"of schema 1 or 2 \(schema 3 is not known\)"),
        ({"schema": 0}, "schema 0 is not known"),
        ({"schema": "2"}, r"Expected `int`, got `str` - at `\$.schema`"),
        ({"reused": None}, r"Expected `int`, got `null` - at `\$.reused`"),
        ({"by_rule": {"layout.size": {"passed": 1}}}, "verdicts among pass, fail, .*, got passed"),
        ({"planned": "all"}, r"Expected `int`, got `str` - at `\$.planned`"),
        ({"verdicts": {"passed": 1}}, "verdicts among pass, fail, .*, got passed"),
    ],
)
def test_what_is_no_summary_is_refused_by_name(fake, tmp_path, changes, said):
    path = tmp_path / "summary.json"
    path.write_bytes(msgspec.json.encode(msgspec.to_builtins(summary(records(fake))) | changes))
    with pytest.raises(UsageError, match=f"{path}: wanted .*{said}"):
        read_with_schema(path)


@pytest.mark.parametrize(
    ("verdicts", "status"), [({}, 0), ({"unseen": 2}, 0), ({"pass": 2}, 0), ({"fail": 2}, 1), ({"missing": 2}, 3)]
)
def test_of_a_shard_only_what_is_lacking_is_no_evidence(fake, verdicts, status):
    """What all shards together compared is for the merged run to say."""
    found = records(fake)[:1] if verdicts else []
    for one in found:
        for tally in one.tallies:
            tally.verdicts, tally.planned = dict(verdicts), 2
    part = summary(found)
    assert exit_status(part) == (status if verdicts.keys() - {"unseen"} else 3)
    assert exit_status(msgspec.structs.replace(part, shard="2/3")) == status
