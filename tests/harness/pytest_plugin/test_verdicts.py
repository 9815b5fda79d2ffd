"""What records say of an item, and what the journal of a run says while it is written."""

import json
from collections import Counter
from types import SimpleNamespace

import msgspec
import pytest

from viewproof.contract.known_issues import KnownIssue
from viewproof.pytest_plugin import collect, verdicts
from viewproof.pytest_plugin.collect import SESSION_JOURNAL, Key
from viewproof.pytest_plugin.journal import EngineGone, RunJournal, SuiteOperator
from viewproof.pytest_plugin.select import queries_for
from viewproof.records.model import ChunkRecord, Failure, Tally

OPERATOR = "aten.alias.default"
KEY = Key("views", OPERATOR, "meta", "layout.stride")


def failure(verdict="fail", rule="layout.stride", case=f"{OPERATOR}(float32[1])"):
    return Failure(
        suite="views", target="meta", rule=rule, operator=OPERATOR, case=case, verdict=verdict, expected="1",
        observed="2", difference="stride differs", known_issue="one" if verdict == "waived" else None,
    )  # fmt: skip


def record(*failures, verdicts=None, **more):
    fields = {
        "chunk": "c", "suite": "views", "operator": OPERATOR, "family": "flat", "cases": 4, "accepted": 4,
        "executions": 4, "failures": list(failures), "signatures": [], "issues_shown": {}, "too_wide": [],
        "checking_seconds": 0.0, "generating_seconds": 0.0,
        "tallies": [Tally(target="meta", rule="layout.stride", planned=4, verdicts=verdicts or {"pass": 4})],
    }  # fmt: skip
    return ChunkRecord(**(fields | more))


@pytest.fixture
def outcome(monkeypatch):
    """The outcome of KEY by some records; `known` are the known issues, `shown` those that show elsewhere."""

    def judge(*records, known=(), shown=(), selected=frozenset([KEY])):
        journal = SimpleNamespace(records=lambda _: list(records), shows=lambda issue, _: issue in shown)
        monkeypatch.setattr(verdicts, "_share", lambda journal, subject: verdicts._Share(journal.records(subject)))
        monkeypatch.setattr(verdicts, "_issues", lambda *_: known)
        monkeypatch.setattr(verdicts, "own_issues", lambda: list(known))
        monkeypatch.setattr(verdicts, "_selected", lambda _: selected)
        monkeypatch.setattr(verdicts, "_device", lambda _: "cpu")
        verdicts._named.cache_clear()
        return verdicts.outcome_of(KEY, journal, None)

    yield judge
    verdicts._named.cache_clear()


def issue(operators=(OPERATOR,)):
    return KnownIssue(
        id="one", kind="fault", title="t", source="s", rules=("layout.stride",), targets=("meta",), suites=("views",),
        operators=operators, difference="stride differs", cases=("x",),
    )  # fmt: skip


def test_all_passes_pass(outcome):
    got = outcome(record(), record())
    assert (got.wrong, got.waived, got.planned) == (False, [], 8)


@pytest.mark.parametrize("verdict", ["fail", "crash", "timeout", "harness_error"])
def test_one_bad_verdict_fails_the_item(outcome, verdict):
    got = outcome(record(failure(verdict), verdicts={"pass": 3, verdict: 1}))
    assert got.wrong
    assert [finding.verdict for finding in got.findings] == [verdict]


def test_a_missing_verdict_fails_the_item(outcome):
    assert outcome(record(verdicts={"pass": 3})).wrong


@pytest.mark.parametrize(
    ("verdicts", "blind"),
    [
        ({"unseen": 4}, True),
        ({"unseen": 3, "unsupported": 1}, True),
        ({"unseen": 3, "pass": 1}, False),
        ({"unseen": 3, "waived": 1}, False),
    ],
)
def test_what_saw_nothing_does_not_fail_and_is_known(outcome, verdicts, blind):
    got = outcome(record(verdicts=verdicts))
    assert (got.wrong, got.blind) == (False, blind)


def test_an_item_that_saw_nothing_is_skipped_with_its_counts(monkeypatch):
    unseen = verdicts.Outcome(4, Counter(unseen=4), (), ())
    monkeypatch.setattr(collect, "outcome_of", lambda *_: unseen)
    config = SimpleNamespace(stash={SESSION_JOURNAL: "a journal"})
    item = SimpleNamespace(key=KEY, config=config, session=None, user_properties=[])
    with pytest.raises(pytest.skip.Exception, match=r"layout\.stride had nothing to compare: 4 unseen"):
        collect.RuleItem.runtest(item)
    assert item.user_properties == [("unseen", 4)]


def test_what_is_waived_is_expected_to_fail(outcome):
    got = outcome(record(failure("waived"), verdicts={"pass": 3, "waived": 1}), known=(issue(),), shown={"one"})
    assert not got.wrong
    assert got.waived == ["one"]


def test_a_known_issue_that_shows_nowhere_fails_strictly(outcome):
    got = outcome(record(), known=(issue(),))
    assert got.wrong
    assert got.problems[0].startswith("[XPASS(strict)] known issue one did not show")


def test_a_known_issue_may_show_on_another_item_or_not_be_selected_whole(outcome):
    assert not outcome(record(), known=(issue(),), shown={"one"}).wrong
    assert not outcome(record(), known=(issue((OPERATOR, "aten.t.default")),)).wrong


def test_a_known_issue_that_is_too_wide_fails_its_items(outcome):
    line = f"one: meta/layout.stride/{OPERATOR}(float32[9])"
    got = outcome(record(too_wide=[line]))
    assert got.problems == (f"known issue one is too wide: it matches {OPERATOR}(float32[9]), which conforms",)
    assert not outcome(record(too_wide=[line.replace("meta/", "eager/")])).wrong


def test_a_call_that_raised_is_told_under_each_of_its_rules(outcome):
    got = outcome(record(failure(rule="layout.size"), verdicts={"pass": 3, "fail": 1}))
    assert [finding.rule for finding in got.findings] == ["layout.size"]


@pytest.fixture
def journal(tmp_path):
    out, control = tmp_path / "out", tmp_path / "control"
    out.mkdir()
    control.mkdir()
    (control / "request.json").write_text("{}")
    (control / "expected.json").write_text(json.dumps([["views", OPERATOR, 2]]))
    return RunJournal(out, control)


def line(**more):
    return msgspec.json.encode(record(**more)) + b"\n"


def test_a_subject_waits_for_all_of_its_records(journal, monkeypatch):
    path = journal.out / "journal.jsonl"
    path.write_bytes(line() + line()[:40])
    waited = []

    def wait(seconds):
        waited.append(seconds)
        path.write_bytes(line() + line(issues_shown={"one": 1}))

    monkeypatch.setattr("viewproof.pytest_plugin.journal.time.sleep", wait)
    assert len(journal.records(SuiteOperator("views", OPERATOR))) == 2
    assert len(waited) == 1
    assert journal.shows("one", [])
    assert not journal.shows("two", [SuiteOperator("views", OPERATOR)])


def test_an_engine_that_is_gone_is_named_with_its_last_words(journal):
    (journal.control / "ended").write_text("exit status 2")
    (journal.control / "engine.log").write_text("no such device\n")
    with pytest.raises(EngineGone, match=r"exit status 2.*\n.*no such device"):
        journal.records(SuiteOperator("views", OPERATOR))


def test_an_engine_that_never_was_is_not_waited_for(tmp_path):
    with pytest.raises(EngineGone, match="was not started"):
        RunJournal(tmp_path, tmp_path).records(SuiteOperator("views", OPERATOR))


def test_queries_ask_for_the_items_and_little_else(monkeypatch):
    suite = SimpleNamespace(
        targets=("eager", "meta"), rules=("a.x", "a.y"), operators=lambda: ("aten.t.default", "aten.u.default")
    )
    monkeypatch.setattr("viewproof.pytest_plugin.select.own_suites", lambda: {"views": suite, "errors": suite})
    every = [
        Key(name, operator, target, rule)
        for name in ("views", "errors")
        for operator in suite.operators()
        for target in suite.targets
        for rule in suite.rules
    ]
    assert queries_for(every) == ()
    assert queries_for(every[:8]) == ("views",)
    assert queries_for(every[:4]) == ("views/*/*/aten.t.default",)
    assert queries_for(every[:5]) == ("views/*/*/aten.t.default", "views/eager/a.x/aten.u.default")
