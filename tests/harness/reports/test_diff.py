"""Every change is found and put in its class, by cases and by findings."""

import json
import re

import pytest

from viewproof.cases import parse_case
from viewproof.engine.count import count_planned
from viewproof.errors import UsageError
from viewproof.records.chunk import Chunk
from viewproof.records.signature import signature_of
from viewproof.reports.diff import compare, regressed
from viewproof.reports.diff_render import as_html, as_markdown, as_text, headline
from viewproof.reports.side import read_side

CASES = [f"aten.alias.default(float32[{size}])" for size in range(1, 5)]


@pytest.fixture
def sides(tmp_path, made):
    """Two runs, read as directories or as summaries."""

    def write(old, new, *, summaries=False, before=None, after=None):
        read = []
        for name, records, more in (("old", old, before or {}), ("new", new, after or {})):
            folder = made.write(tmp_path / name, records, **more)
            read.append(read_side(folder / "summary.json" if summaries else folder))
        return read

    return write


def kinds(changes):
    return [(change.kind, change.subject) for change in changes]


FAULT = f"views/meta/layout.stride/{CASES[0]}"


def test_signatures_are_the_journals():
    case = parse_case(CASES[0])
    chunk = Chunk(
        suite="views", operator=case.operator, family="named", profile="quick", device="cpu", targets=("eager",),
        rules=("layout.size",), case=CASES[0],
    )  # fmt: skip
    assert count_planned(chunk).signatures == [signature_of(CASES[0])]


def test_nothing_changed(sides, made):
    old, new = sides([made.record(CASES, [made.failure(CASES[0])])], [made.record(CASES, [made.failure(CASES[0])])])
    assert compare(old, new) == []
    assert headline([]) == "no change"


@pytest.mark.parametrize("summaries", [False, True])
def test_a_regression_and_its_repair(sides, made, summaries):
    bad = [made.record(CASES, [made.failure(CASES[0])])]
    old, new = sides([made.record(CASES)], bad, summaries=summaries)
    changes = compare(old, new)
    assert kinds(changes) == [("regression", FAULT)]
    assert regressed(changes)
    back = compare(new, old)
    assert kinds(back) == [("improvement", FAULT)]
    assert not regressed(back)


@pytest.mark.parametrize("summaries", [False, True])
def test_one_more_case_of_a_fault_is_a_regression(sides, made, summaries):
    more = [made.failure(CASES[0]), made.failure(CASES[1])]
    old, new = sides([made.record(CASES, more[:1])], [made.record(CASES, more)], summaries=summaries)
    (change,) = compare(old, new)
    assert change.kind == "regression"


@pytest.mark.parametrize("summaries", [False, True])
@pytest.mark.parametrize(("was", "is_", "kind"), [("waived", "fail", "regression"), ("fail", "waived", "improvement")])
def test_a_waiver_comes_and_goes(sides, made, summaries, was, is_, kind):
    old, new = sides(
        [made.record(CASES, [made.failure(CASES[0], verdict=was)])],
        [made.record(CASES, [made.failure(CASES[0], verdict=is_)])],
        summaries=summaries,
    )
    assert kinds(compare(old, new)) == [(kind, FAULT)]


def test_a_fault_on_a_new_case_is_no_regression(sides, made):
    old, new = sides([made.record(CASES[1:])], [made.record(CASES, [made.failure(CASES[0])])])
    assert kinds(compare(old, new)) == [("new case", FAULT), ("new case", "views/aten.alias.default: 1 new")]
    assert kinds(compare(new, old)) == [
        ("removed case", FAULT),
        ("removed case", "views/aten.alias.default: 1 removed"),
    ]


@pytest.mark.parametrize("summaries", [False, True])
def test_a_fault_of_a_new_rule_belongs_to_the_rule(sides, made, summaries):
    old, new = sides(
        [made.record(CASES, rules=("layout.size",))],
        [made.record(CASES, [made.failure(CASES[0])])],
        summaries=summaries,
    )
    assert kinds(compare(old, new)) == [("changed rule", FAULT), ("changed rule", "layout.stride")]
    assert kinds(compare(new, old)) == [("changed rule", FAULT), ("changed rule", "layout.stride")]


def test_summaries_name_new_operators_and_targets(sides, made):
    old, new = sides(
        [made.record(CASES, targets=("eager",))],
        [made.record(CASES), made.record(CASES, operator="aten.slice.Tensor", targets=("eager",))],
        summaries=True,
    )
    assert kinds(compare(old, new)) == [("new case", "operator aten.slice.Tensor"), ("new case", "target meta")]
    assert {change.kind for change in compare(new, old)} == {"removed case"}


def test_missing_verdicts_and_known_issues_that_do_not_hold_are_regressions(sides, made):
    record = made.record(CASES)
    record.tallies[0].verdicts = {"pass": 1}
    old, new = sides([made.record(CASES)], [record], after={"problems": ["known issue x is too wide"]})
    assert kinds(compare(old, new)) == [
        ("regression", "verdicts missing"),
        ("regression", "known issue x is too wide"),
    ]
    assert {change.kind for change in compare(new, old)} == {"improvement"}


def half_unseen(made):
    record = made.record(CASES)
    record.tallies[0].verdicts = {"pass": 2, "unseen": 2}
    return record


@pytest.mark.parametrize("summaries", [False, True])
def test_verdicts_that_have_nothing_to_compare_any_more_are_a_changed_rule(sides, made, summaries):
    old, new = sides([made.record(CASES)], [half_unseen(made)], summaries=summaries)
    (change,) = compare(old, new)
    assert change == ("changed rule", "layout.size: verdicts unseen", "0", "2")
    assert not regressed([change])


def as_schema_1(folder, made):
    """The summary there, as schema 1 had it: what is unseen was counted as a pass, and what is reused not at all."""
    path = made.as_older(folder) / "summary.json"
    journal = folder / "journal.jsonl"
    journal.write_text(re.sub(r'"pass": 2, "unseen": 2', '"pass": 4', journal.read_text()))
    content = json.loads(path.read_text()) | {"schema": 1}
    del content["reused"]
    counts = [
        content["verdicts"],
        *(one for by in ("operator", "target", "rule") for one in content[f"by_{by}"].values()),
    ]
    for one in counts:
        one["pass"] += one.pop("unseen") + one.pop("flaky")
    for one in content["findings"]:
        del one["follows"], one["fault"]
    path.write_text(json.dumps(content))


def test_a_run_of_schema_1_is_compared_and_nothing_is_said_of_what_it_does_not_count(tmp_path, made):
    for name in ("old", "new"):
        made.write(tmp_path / name, [half_unseen(made)])
    as_schema_1(tmp_path / "old", made)
    old, new = read_side(tmp_path / "old"), read_side(tmp_path / "new")
    assert (old.schema, new.schema) == (1, 2)
    assert compare(old, new) == compare(new, old) == []
    made.write(tmp_path / "bad", [made.record(CASES, [made.failure(CASES[0])])])
    assert kinds(compare(old, read_side(tmp_path / "bad"))) == [("regression", FAULT)]
    as_schema_1(tmp_path / "bad", made)
    assert kinds(compare(read_side(tmp_path / "bad"), new)) == [("improvement", FAULT)]


def test_a_new_torch_is_named_operator_by_operator(sides, made):
    alias = {"kind": "view", "schema": "aten::alias(Tensor(a) self) -> Tensor(a)"}
    fancy = {"kind": "unclassified", "schema": "aten::fancy(Tensor(a) self) -> Tensor(a)"}
    other = alias | {"schema": "aten::alias(Tensor(a) self, int x=0) -> Tensor(a)"}
    old, new = sides(
        [made.record(CASES)],
        [made.record(CASES)],
        before={"catalog": {"aten.alias.default": alias, "aten.old.default": alias}},
        after={"torch": "2.14.0.dev1", "catalog": {"aten.alias.default": other, "aten.fancy.default": fancy}},
    )
    changes = compare(old, new)
    assert kinds(changes) == [
        ("changed torch", "torch"),
        ("changed torch", "schema of aten.alias.default"),
        ("changed torch", "new view operator aten.fancy.default (unclassified)"),
        ("changed torch", "view operator aten.old.default is gone"),
    ]
    assert not regressed(changes)
    assert "new view operator aten.fancy.default" in as_markdown(old, new, changes)


def test_text_markdown_and_html_say_the_same(sides, made):
    hostile = made.failure(CASES[0], difference="<script>alert(1)</script>", observed="a | b")
    old, new = sides([made.record(CASES)], [made.record(CASES, [hostile])])
    changes = compare(old, new)
    text, markdown, html = (render(old, new, changes) for render in (as_text, as_markdown, as_html))
    assert f"REGRESSION {FAULT}" in text
    assert text.endswith("1 regression\n")
    assert f"`{FAULT}`" in markdown
    assert FAULT in html
    assert "<script" not in html
    assert "http" not in html


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "wanted the summary.json of a finished run, of schema 1 or 2 .*No such file"),
        ("{", "truncated"),
        ("[]", "Expected `object`, got `array`"),
        ("{}", "missing required field `schema`"),
        ('{"schema": 3}', "of schema 1 or 2 .schema 3 is not known"),
    ],
)
def test_bad_input_is_one_line(tmp_path, content, said):
    path = tmp_path / "summary.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(UsageError, match=said):
        read_side(path)


def test_a_torn_journal_is_refused(tmp_path, made):
    folder = made.write(tmp_path / "run", [made.record(CASES)])
    (folder / "journal.jsonl").write_text("{}\n")
    with pytest.raises(UsageError, match=r"journal\.jsonl:1"):
        read_side(folder)
