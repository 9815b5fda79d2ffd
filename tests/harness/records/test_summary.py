"""Findings group, summaries balance, known issues hold or are problems."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from viewproof.engine.plan import make_plan
from viewproof.errors import UsageError
from viewproof.records.coverage import Coverage, OperatorCoverage, RuleCoverage, WithoutSample, coverage, without_sample
from viewproof.records.findings import group_failures
from viewproof.records.issues import issue_problems
from viewproof.records.model import Failure, Tally
from viewproof.records.summary import balanced, build_summary, exit_status, read_summary, write_summary

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
    with pytest.raises(ValueError, match="at most 1"):
        balanced(Tally(target="eager", rule="layout.size", planned=1, verdicts={"pass": 2}))


@dataclass
class Entry:
    kind: str


def test_coverage_names_its_gaps(fake):
    catalog = {"aten.alias.default": Entry("view"), "aten.slice.Tensor": Entry("view"), "aten.t.default": Entry("view")}
    catalog |= {"aten.x.default": Entry("excluded"), "aten.alias_copy.default": Entry("copy")}
    catalog |= {"aten.slice_inverse.default": Entry("inverse")}
    found = [record for record in records(fake) if (record.operator, record.family) != ("aten.slice.Tensor", "offset")]
    result = coverage(found, catalog, fake.suites(), "quick", ["layout.size", "grad.read"])
    gaps = {
        "aten.slice.Tensor": "no accepted case on offset",
        "aten.t.default": "no suite has cases of it",
        "aten.alias_copy.default": "no suite has cases of it",
    }
    assert result.operators == OperatorCoverage(covered=1, partly=1, uncovered=2, catalog=4, excluded=1, gaps=gaps)
    assert result.rules.gaps == ("grad.read",)


def test_what_has_no_sample_is_counted_by_suite_where_the_suite_says_it(fake):
    plain = fake.suites()["views"]
    assert without_sample([plain]) == {}
    saying = replace(plain, name="sampled", unsampled=lambda: ("aten.x.out", "aten.y.out"))
    lacking = {"sampled": WithoutSample(count=2, operators=("aten.x.out", "aten.y.out"))}
    assert without_sample([plain, saying]) == lacking
    assert "without_sample" not in msgspec.to_builtins(NOTHING)


@dataclass
class Issue:
    id: str = "odd"
    suites: tuple[str, ...] = ("views",)
    targets: tuple[str, ...] = ("meta",)
    rules: tuple[str, ...] = ("layout.stride",)
    operators: tuple[str, ...] = ("aten.alias.default",)
    here: bool = True
    profile: str = "quick"

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
    assert problems(fake, Issue(profile="full")) == [], "this is quick, which has no case of it"
    assert problems(fake, Issue(), "views/eager") == [], "the plan does not hold its cases"
    assert "too wide: 2" in problems(fake, Issue(), shown=1, wide=["odd: f(a)", "odd: f(b)"])[0]


def published(name):
    return Path(__file__).parents[3] / name


def test_what_was_published_is_read_and_written_again_as_it_was(tmp_path):
    path = published("reports/torch-2.13-cpu/summary.json")
    write_summary(tmp_path, read_summary(path))
    assert (tmp_path / "summary.json").read_bytes() == path.read_bytes()


def test_what_another_version_adds_is_left_out_and_what_an_older_one_lacked_has_a_default(fake, tmp_path):
    built = summary(records(fake))
    content = msgspec.to_builtins(built) | {"later": 1}
    (tmp_path / "summary.json").write_bytes(msgspec.json.encode(content))
    assert read_summary(tmp_path / "summary.json") == built


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"schema": 2}, "Invalid enum value 2"),
        ({"planned": "all"}, r"Expected `int`, got `str` - at `\$.planned`"),
        ({"verdicts": {"passed": 1}}, "verdicts among pass, fail, .*, got passed"),
    ],
)
def test_what_is_no_summary_is_refused_by_name(fake, tmp_path, changes, said):
    path = tmp_path / "summary.json"
    path.write_bytes(msgspec.json.encode(msgspec.to_builtins(summary(records(fake))) | changes))
    with pytest.raises(UsageError, match=f"{path}: wanted .*{said}"):
        read_summary(path)
