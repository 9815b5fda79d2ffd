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
from viewproof.errors import UsageError
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
    ("rows", "said"),
    [
        ([{key: value for key, value in FIELDS.items() if key != "cases"}], "issue made-up: wanted `cases` or `when`"),
        ([FIELDS | {"when": ["offset"]}], "issue made-up: wanted `cases` or `when`, got both or neither"),
        ([FIELDS, FIELDS], "issue made-up: wanted one of that id, got two"),
        ([FIELDS | {"surprise": 1}], "unknown field `surprise`"),
        ([{key: value for key, value in FIELDS.items() if key != "source"}], "missing required field `source`"),
        ([FIELDS | {"rules": "layout.size"}], r"Expected `array`, got `str` - at `\$.issue\[0\].rules`"),
        ([FIELDS | {"contract": "views"}], "wanted no `contract`"),
        ([FIELDS | {"kind": "grudge"}], "issue made-up: kind: wanted fault, policy; got grudge"),
        ([FIELDS | {"verdict": "pass"}], "issue made-up: verdict: wanted fail, crash, timeout, flaky; got pass"),
        ([FIELDS | {"suites": ["errors"]}], "issue made-up: suites: wanted views; got errors"),
        ([FIELDS | {"targets": ["eager", "eagre"]}], "issue made-up: targets: wanted its suites' targets; got eagre"),
        ([FIELDS | {"rules": ["layout.sise"]}], "issue made-up: rules: wanted its suites' rules; got layout.sise"),
        ([FIELDS | {"operators": ["aten.veiw.default"]}], "operators: wanted its suites' operators; got aten.veiw"),
        ([FIELDS | {"torch": "soon"}], "issue made-up: torch: wanted versions such as >=2.11; got 'soon'"),
        ([FIELDS | {"cases": ["aten.view.default("]}], "issue made-up: cases: case 'aten.view.default\\(', column"),
    ],
    ids=lambda value: value[:60] if isinstance(value, str) else "",
)
def test_an_issue_that_could_never_be_applied_is_refused_with_its_file_and_its_key(load, rows, said):
    with pytest.raises(UsageError, match=rf"^known issues of contract made-up, some.toml.*{said}"):
        load(toml(*rows))


@pytest.mark.parametrize("text", ["[[isue]]", "issues = []", "[issue]", "issue = 7"])
def test_another_table_than_that_of_issues_is_refused(load, text):
    with pytest.raises(UsageError, match=r"some.toml: wanted a list of known issues in TOML"):
        load(text)


def test_an_operator_that_another_torch_may_lack_is_no_mistake(load):
    (issue,) = load(toml(FIELDS | {"operators": ["aten.of_another.default"], "torch": "<2.13"}))
    assert issue.operators == ("aten.of_another.default",)


def test_text_that_is_no_toml_is_refused(load):
    with pytest.raises(UsageError, match=r"some.toml: wanted a list of known issues in TOML .*end of an array"):
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
