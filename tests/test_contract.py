"""docs/contract.md is true of the rules: one entry for each, in their order, with what the rule itself says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from viewproof.cases import format_case, parse_case
from viewproof.contract.installed import all_rules, find_target, own_suites
from viewproof.contract.known_issues import KnownIssue
from viewproof.evidence.expectation import expect
from viewproof.evidence.subject import subject_of

TEXT = (Path(__file__).resolve().parent.parent / "docs" / "contract.md").read_text(encoding="utf-8")


def chapter(title: str) -> str:
    """The text under a heading of the second level."""
    _, _, rest = TEXT.partition(f"\n## {title}\n")
    return rest.partition("\n## ")[0]


def entries() -> dict[str, str]:
    """The entries of the chapter Clauses, each with its white space as single blanks."""
    _, *parts = chapter("Clauses").split("\n### ")
    return {name: " ".join(body.split()) for name, _, body in (part.partition("\n") for part in parts)}


def test_every_rule_has_its_heading_and_no_heading_is_left_over():
    assert list(entries()) == list(all_rules())


def test_chapters_stand_in_order():
    assert TEXT.startswith("# ")
    assert re.findall(r"^## (.+)$", TEXT, re.MULTILINE) == ["Case names", "Clauses", "Known issues and policy"]


@pytest.mark.parametrize("name", all_rules())
def test_an_entry_says_what_its_rule_says(name: str):
    rule, entry = all_rules()[name], entries()[name]
    for wanted in (
        " ".join(rule.doc.split()),
        f"- Level: {rule.level}",
        f"- Source: {rule.source}",
        f"- Probe: `{rule.probe}`",
        f"- Fault: {rule.fault}",
    ):
        assert wanted in entry


@pytest.mark.parametrize("name", all_rules())
def test_the_rule_applies_to_its_example(name: str):
    found = re.search(r"- Example: `([^`]+)`", entries()[name])
    assert found is not None
    case = parse_case(found[1])
    assert format_case(case) == found[1], "the name is canonical"
    traits = subject_of(case, expect(case)).traits
    rule = all_rules()[name]
    targets = {target for suite in own_suites().values() if name in suite.rules for target in suite.targets}
    assert rule.applies(traits)
    assert any(find_target(one).probe(rule.probe) and find_target(one).takes(traits) for one in targets)


def test_every_field_of_a_known_issue_is_described():
    table = [line for line in chapter("Known issues and policy").splitlines() if line.startswith("| `")]
    described = {name for line in table for name in re.findall(r"`(\w+)`", line.split("|")[1])}
    assert described == set(KnownIssue.__struct_fields__) - {"contract"}, "which the file says"
