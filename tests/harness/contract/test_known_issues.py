"""The known issues load, speak of what exists, and are refused where they are malformed."""

import msgspec
import pytest
import torch
from installed_targets import all_targets

from viewproof.cases import Case, format_case, parse_case
from viewproof.cases.kinds import kind_of
from viewproof.contract import known_issues
from viewproof.contract.contract import Contract
from viewproof.contract.installed import find_suite, own_rules, own_suites
from viewproof.contract.known_issues import KnownIssue, issues_for, issues_of, own_issues
from viewproof.evidence.expectation import expect
from viewproof.evidence.subject import subject_of
from viewproof.records.model import VERDICTS

CASE = "aten.view.default(float32[3], [3])"
FIELDS = {
    "id": "made-up", "kind": "fault", "title": "t", "source": "s", "rules": ["layout.size"], "targets": ["eager"],
    "operators": ["aten.view.default"], "difference": "size differs", "cases": [CASE],
}  # fmt: skip


def toml(*rows):
    lines = []
    for row in rows:
        lines.append("[[issue]]")
        lines += [f"{key} = {value!r}" for key, value in row.items()]
    return "\n".join(lines)


def subject(case):
    return subject_of(case, expect(case))


@pytest.fixture
def load(tmp_path):
    """Load issues from a text of our own."""

    def run(text):
        folder = tmp_path / "known_issues"
        folder.mkdir()
        (folder / "some.toml").write_text(text)
        contract = Contract("made-up", "a made-up contract", (find_suite("views"),), known_issues=folder)
        return issues_of(contract)

    return run


def test_the_issues_load_and_speak_of_what_exists():
    swept = {operator for suite in own_suites().values() for operator in suite.operators()}
    for issue in own_issues():
        assert set(issue.rules) <= set(own_rules()), issue.id
        assert set(issue.targets) <= set(all_targets()), issue.id
        assert set(issue.suites) <= set(own_suites()), issue.id
        assert set(issue.operators) <= swept, issue.id
        assert issue.kind in {"fault", "policy"}, issue.id
        assert issue.verdict in VERDICTS, issue.id
        assert issue.source, issue.id
        assert [format_case(parse_case(case)) for case in issue.cases] == list(issue.cases), issue.id
        assert issue.applies_here(torch.__version__, "cpu") in {True, False}
        for operator in issue.operators:
            assert issue.names(subject(some_case(issue, operator))) in {True, False}, operator


def some_case(issue, operator):
    """A case of the operator from a suite that the issue may show in."""
    for suite in own_suites().values():
        if (
            suite.name in issue.suites
            and operator in suite.operators()
            and not set(issue.rules).isdisjoint(suite.rules)
        ):
            for family in suite.families(operator, "quick"):
                for case in suite.cases(operator, family, "quick"):
                    kind = "call" if type(case) is Case else kind_of(case)
                    if any(kind in all_targets()[target].kinds for target in issue.targets):
                        return case
    raise LookupError(f"{issue.id}: wanted a suite that runs {operator} by one of its rules")


def test_a_sound_issue_loads(load):
    (issue,) = load(toml(FIELDS))
    assert issue.names(subject(parse_case(CASE)))
    assert not issue.names(subject(parse_case("aten.view.default(float32[4], [4])")))
    assert (issue.contract, issue.suites) == ("made-up", ("views",))


@pytest.mark.parametrize(
    "rows",
    [
        [{key: value for key, value in FIELDS.items() if key != "cases"}],
        [FIELDS, FIELDS],
        [FIELDS | {"surprise": 1}],
        [{key: value for key, value in FIELDS.items() if key != "source"}],
        [FIELDS | {"rules": "layout.size"}],
        [FIELDS | {"suites": ["errors"]}],
    ],
    ids=[
        "neither cases nor when",
        "twice",
        "an unknown field",
        "no source",
        "rules no list",
        "another contract's suite",
    ],
)
def test_a_malformed_issue_is_a_value_error(load, rows):
    with pytest.raises(ValueError, match=r"known issue made-up|[Oo]bject|[Ee]xpected"):
        load(toml(*rows))


def test_text_that_is_no_toml_is_a_value_error(load):
    with pytest.raises(ValueError, match="end of an array declaration"):
        load("[[issue")


@pytest.mark.parametrize(
    ("specifier", "devices", "version", "device", "applies"),
    [
        (">=2.11", ("cpu",), "2.13.0+cpu", "cpu", True),
        (">=2.11", ("cpu",), "2.13.0+cpu", "cuda:0", False),
        (">=2.11", ("cuda",), "2.13.0+cu130", "cuda:1", True),
        ("<2.13", ("cpu",), "2.13.0a0+git1", "cpu", False),
        ("==2.13.*", ("cpu",), "2.14.0.dev20260101", "cpu", False),
    ],
)
def test_where_an_issue_applies(specifier, devices, version, device, applies):
    issue = msgspec.convert(FIELDS | {"torch": specifier, "devices": devices}, KnownIssue)
    assert issue.applies_here(version, device) is applies


def test_issues_are_chosen_by_suite_operator_and_device(monkeypatch):
    one = msgspec.convert(FIELDS | {"suites": ["views"], "devices": ["cpu"]}, KnownIssue)
    monkeypatch.setattr(known_issues, "_by_operator", lambda _: {"aten.view.default": [one]})
    assert issues_for("views", "aten.view.default", "cpu") == [one]
    assert issues_for("errors", "aten.view.default", "cpu") == []
    assert issues_for("views", "aten.alias.default", "cpu") == []
    assert issues_for("views", "aten.view.default", "cuda") == []


def test_an_id_of_another_contract_is_taken(load):
    with pytest.raises(ValueError, match="wanted one of that id, got two"):
        load(toml(FIELDS | {"id": own_issues()[-1].id}))
