"""report.html before a browser sees it: its data, what is behind each finding, and that nothing breaks out of it."""

import base64
import hashlib
import json
import re

import pytest

from viewproof.cases import format_case, parse_case
from viewproof.contract.suite import Suite
from viewproof.engine.address import find_result
from viewproof.errors import NoScript
from viewproof.records.findings import in_order
from viewproof.records.model import VERDICTS, Tally
from viewproof.records.written import write_whole
from viewproof.reports.html import render_html
from viewproof.reports.html.details import DETAILED, Details, finding_rows
from viewproof.reports.html.levels import headline, levels_of, reached
from viewproof.reports.html.matrix import tallies
from viewproof.reports.html.pictures import NoDrawing, pictures_of
from viewproof.reports.html.strings import Strings, script_json
from viewproof.reports.run_files import write_reports
from viewproof.visible import visible


def data_of(html, name="data"):
    found = re.findall(rf'<script type="application/json" id="{name}">(.*?)</script>', html, re.DOTALL)
    assert len(found) == 1
    return json.loads(found[0])


def suites(*levels):
    return {
        f"suite{number}": Suite(f"suite{number}", level, "", tuple, lambda *_: (), lambda *_: iter(()), (), ())
        for number, level in enumerate(levels)
    }


def test_json_in_a_script_element_cannot_end_it(made_up):
    text = script_json([made_up.HOSTILE, "é"])
    assert "<" not in text
    assert ">" not in text
    assert "&" not in text
    assert text.isascii()
    assert json.loads(text) == [visible(made_up.HOSTILE), "é"]


def test_what_acts_on_a_screen_is_spelled_out_in_the_data_and_its_lines_are_kept():
    data = {"key\u202e": ["\x1b[2J", ("a\nb", 3, None)]}
    assert json.loads(script_json(data)) == {r"key\u202e": [r"\x1b[2J", ["a\nb", 3, None]]}


def test_hostile_names_are_escaped_wherever_they_stand(made_up, tmp_path):
    hostile = made_up.HOSTILE
    one = made_up.failure(hostile, target=hostile, rule=hostile, operator=hostile, expected=hostile, suite=hostile,
                          observed=hostile, difference=hostile, known_issue=hostile)  # fmt: skip
    records = [made_up.record(one, operator=hostile, suite=hostile, family=hostile, chunk=hostile)]
    run = made_up.RUN | {"not_run": {hostile: hostile}, "selection": {"queries": [hostile]}, "started": hostile}
    changed = made_up.summary(records, torch=hostile, device=hostile, problems=[hostile], profile=hostile)
    write_whole({tmp_path / "report.html": render_html(changed, run, records)})
    html = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert html.count("</script") == 3, "the two of data and the one program"
    assert html.count("<script") == 3
    assert "<img" not in html
    assert "<!--" not in html
    assert visible(hostile) in data_of(html)["texts"]


def test_the_page_needs_nothing_but_itself(made_up):
    records = [made_up.record(made_up.failure())]
    html = render_html(made_up.summary(records), made_up.RUN, records, {"aten.x": "hardware"})
    for name in ("src=", "@import", "url(", "https:"):
        assert name not in html
    assert re.findall(r"http://[^'\"]*", html) == ["http://www.w3.org/2000/svg"]
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html)[1].replace("&#39;", "'")
    assert policy.startswith("default-src 'none'")
    for element in ("style", "script"):
        content = re.findall(rf"<{element}>(.*?)</{element}>", html, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(content[0].encode()).digest()).decode()
        assert f"{element}-src 'sha256-{digest}'" in policy


def test_tallies_add_up_to_what_was_planned(made_up):
    lacking = made_up.record()
    del lacking.tallies[1].verdicts["pass"]
    records = [made_up.record(made_up.failure()), made_up.record(made_up.failure(verdict="crash")), lacking]
    strings = Strings()
    rows = tallies(records, strings)
    named = {tuple(strings.texts[place] for place in row[:4]): row[4:] for row in rows}
    meta = named["aten.transpose.int", "views", "meta", "layout.stride"]
    assert dict(zip(VERDICTS, meta, strict=False)) == {
        "pass": 20, "fail": 1, "crash": 1, "timeout": 0, "unsupported": 0, "waived": 0, "flaky": 0, "unseen": 0,
        "missing": 10,
    }  # fmt: skip
    assert sum(sum(row[4:]) for row in rows) == made_up.summary(records).planned


def test_levels_hold_only_whole(made_up):
    whole, bad = made_up.record(suite="suite0"), made_up.record(made_up.failure(), suite="suite1")
    states = [(one.number, one.state) for one in levels_of([whole, bad], {}, suites(1, 2, 3))]
    assert states == [(1, "holds"), (2, "fails"), (3, "not run")]
    assert reached(levels_of([whole, bad], {}, suites(1, 2, 3))) == 1
    assert levels_of([whole], {}, suites(1, 1))[0].state == "in part", "a suite was left out"
    selected = levels_of([whole], {"selection": {"queries": ["aten.t"]}}, suites(1))
    assert selected[0].state == "in part"
    assert reached(selected) is None
    assert levels_of([made_up.record(suite="suite0", tallies=[])], {}, suites(1))[0].state == "not run"
    del whole.tallies[1].verdicts["pass"]
    assert levels_of([whole], {}, suites(1))[0].state == "no evidence"


def test_a_suite_that_saw_nothing_holds_no_level(made_up):
    good, blind = made_up.record(suite="suite0"), made_up.record(suite="suite1")
    blind.tallies = [Tally(target="eager", rule="layout.stride", planned=10, verdicts={"unseen": 10})]
    assert levels_of([good, blind], {}, suites(1, 1))[0].state == "no evidence"
    blind.tallies[0].verdicts = {"unseen": 9, "pass": 1}
    assert levels_of([good, blind], {}, suites(1, 1))[0].state == "holds"


def test_what_is_unseen_and_what_is_reused_are_said_on_the_page(made_up):
    record = made_up.record(reused=5)
    record.tallies[0].verdicts = {"pass": 4, "unseen": 6}
    html = render_html(made_up.summary([record]), made_up.RUN, [record], {})
    assert '<div class="v-unseen"><dt>unseen</dt><dd>6</dd></div>' in html
    assert html.count("Unseen: the rule applies and there was nothing to compare; that is no pass.") == 1
    assert "20 executions, of which 5 take their evidence from another suite" in html
    plain = render_html(made_up.summary([made_up.record()]), made_up.RUN, [made_up.record()], {})
    assert "nothing to compare" not in plain
    assert "another suite" not in plain


@pytest.mark.parametrize(
    ("changes", "said", "colour"),
    [
        ({"verdicts": {"pass": 3}}, "Conforms", "good"),
        ({"verdicts": {"pass": 3, "waived": 1}}, "Conforms", "good"),
        ({"verdicts": {"pass": 3, "timeout": 1}}, "Does not conform", "bad"),
        ({"verdicts": {"pass": 3}, "problems": ["too wide"]}, "Does not conform", "bad"),
        ({"verdicts": {"fail": 3, "missing": 2}}, "No verdict: 2 missing", "unsure"),
        ({"verdicts": {"pass": 3, "unseen": 2}}, "Conforms", "good"),
        ({"verdicts": {"unseen": 3}}, "No verdict: nothing was compared (3 unseen)", "unsure"),
        ({"verdicts": {"harness_error": 2}}, "No verdict: 2 harness errors", "unsure"),
        ({"verdicts": {}, "planned": 0}, "No verdict: nothing was selected", "unsure"),
    ],
)
def test_the_verdict_on_top_is_the_exit_status(made_up, changes, said, colour):
    assert headline(made_up.summary([], **{"planned": 3, **changes})) == (said, colour)


def marks(pictures):
    return [(title, {label: " ".join(row) for label, row in drawing.rows}) for title, drawing in pictures]


def test_expected_and_observed_lie_on_one_storage():
    said = {"layout.stride": "stride ((3, 1), ())"}
    ((title, rows),) = marks(pictures_of(parse_case("aten.transpose.int(float32[2,2]:[2,1], 0, 1)"), said))
    assert title == "storage of self"
    assert rows["self"] == "0,0 0,1 1,0 1,1"
    assert rows["expected"] == "0,0 1,0 0,1 1,1"
    assert rows["observed"] == "0,0 0,1 . 1,0", "element 1,1 is outside"


def test_observed_is_drawn_only_where_it_is_known():
    case = parse_case("aten.slice.Tensor(float32[1,3], 1, 1, 3)")
    assert "observed" not in marks(pictures_of(case, {}))[0][1]
    assert "observed" not in marks(pictures_of(case, {"layout.size": "2 outputs"}))[0][1]
    assert "observed" not in marks(pictures_of(case, {"layout.size": "size (3, 3)"}))[0][1], "its strides are not said"
    moved = marks(pictures_of(case, {"layout.offset": "offset 0"}))[0][1]
    assert (moved["expected"], moved["observed"]) == (". 0,0 0,1", "0,0 0,1 .")
    both = {"layout.stride": "stride ((None, 1), ())", "layout.stride-exact": "insignificant stride (9, None)"}
    assert "observed" in marks(pictures_of(case, both))[0][1]


def test_outputs_of_one_call_are_rows_of_one_drawing():
    case = parse_case("aten.split.Tensor(float32[4], 2)")
    ((_, rows),) = marks(pictures_of(case, {"layout.offset": "output 1: offset 1"}))
    assert rows == {"self": "0 1 2 3", "expected 0": "0 1 . .", "expected 1": ". . 0 1", "observed 1": ". 0 1 ."}


def test_storages_of_their_own_are_drawn_apart():
    case = parse_case("aten.reshape.default(float32[2,2]:[1,2], [4])")
    pictures = pictures_of(case, {"layout.offset": "offset 1"})
    assert pictures[0][0] == "storage of output, of its own"
    assert "which storage" in pictures[0][1].notes[-1]


def test_composite_bases_and_refused_calls_are_drawn():
    nested = parse_case("aten.alias.default(nested(buffer=float32[6], sizes=[[2],[4]]))")
    ((title, rows),) = marks(pictures_of(nested, {}))
    assert title == "storage of self.buffer"
    assert rows["expected part 1"] == ". . 0 1 2 3"
    refused = parse_case("aten.select.int(float32[2], 3, 0)")
    assert marks(pictures_of(refused, {})) == [("storage of self", {"self": "0 1"})]


def test_a_rule_on_something_else_calls_the_view_a_view():
    case = parse_case("aten.select.int(float32[2], 0, 0)")
    ((_, rows),) = marks(pictures_of(case, {}, "inverse.values"))
    assert list(rows) == ["self", "view"]


def test_what_is_no_call_has_no_drawing():
    with pytest.raises(NoDrawing, match="no call"):
        pictures_of(parse_case("schema(aten.select.int)"), {})


@pytest.fixture
def details(made_up):
    def content(records, **made):
        return Details("cpu", **made).content(in_order(made_up.summary(records).findings), records)

    return content


def test_a_finding_has_its_drawing_script_and_further_cases(made_up, details):
    further = [made_up.failure(f"aten.transpose.int(float32[2,{size}], 0, 1)") for size in range(4, 30)]
    content = details([made_up.record(made_up.failure(), *further)])
    ((pictures, script, cases),) = content["rows"]
    title, _, rows, _ = content["pictures"][pictures[0]]
    assert title == "storage of self"
    assert [label for label, _ in rows] == ["self", "expected", "observed"]
    lines = [content["texts"][line] for line in script]
    assert "import torch" in lines
    compile("\n".join(lines), "script", "exec")
    named = [content["texts"][place] for place in cases]
    assert named[0] == "aten.transpose.int(float32[2,4], 0, 1)"
    assert made_up.TRANSPOSE not in named
    assert len(named) == 12


def test_what_findings_have_in_common_is_said_once(made_up, details):
    records = [made_up.record(made_up.failure(target=target)) for target in ("meta", "fake", "eager")]
    content = details(records)
    assert len(content["pictures"]) == 1
    assert len(content["texts"]) < sum(len(row[1]) for row in content["rows"])


def test_what_cannot_be_had_says_why(made_up, details):
    def nothing(*_):
        raise NoScript("no script for this")

    def broken(*_):
        raise RuntimeError("boom")

    content = details([made_up.record(made_up.failure())], draw=broken, script=nothing)
    ((drawing, script, _),) = content["rows"]
    assert content["texts"][drawing] == "it cannot be drawn here: RuntimeError: boom"
    assert content["texts"][script] == "no script for this"
    unread = details([made_up.record(made_up.failure("no case at all"))])
    assert "cannot be read" in unread["texts"][unread["rows"][0][0]]


@pytest.mark.parametrize("target", ["functionalize", "torchgen", "a target that is not there"])
@pytest.mark.parametrize("case", ["schema(aten.select.int)", "aten.no_such.op(float32[2])", "unheard(of)"])
def test_findings_of_any_suite_render(made_up, case, target):
    one = made_up.failure(case, target=target, suite="viewmeta", rule="viewmeta.class-name", operator="aten.select.int")
    records = [made_up.record(one, suite="viewmeta")]
    html = render_html(made_up.summary(records), made_up.RUN, records, {})
    behind = data_of(html, "details")
    assert isinstance(behind["rows"][0][0], int), "no drawing: a text that says why"
    assert case in data_of(html)["texts"]


def test_only_the_first_findings_carry_details(made_up, details, monkeypatch):
    monkeypatch.setattr("viewproof.reports.html.details.DETAILED", 2)
    records = [made_up.record(*[made_up.failure(difference=f"shape {number}") for number in range(5)])]
    assert len(details(records)["rows"]) == 2
    assert DETAILED > 1_000


def test_findings_are_numbered_as_show_and_repro_number_them(made_up):
    known = made_up.failure(f"aten.transpose.int(float32[{2}], 0, 0)", verdict="waived", known_issue="T-1")
    records = [made_up.record(made_up.failure(), known, made_up.failure("aten.t.default(float32[2,3])", target="fake"))]
    built = made_up.summary(records)
    strings = Strings()
    rows = finding_rows(in_order(built.findings), strings)
    for number, row in enumerate(rows, 1):
        assert strings.texts[row[5]] == format_case(find_result(str(number), built).case)
    assert [row[10] == -1 for row in rows] == [True, True, False], "the unwaived come first"


def test_every_run_writes_the_page_beside_the_markdown(made_up, tmp_path):
    records = [made_up.record(made_up.failure())]
    write_reports(tmp_path, made_up.summary(records), made_up.RUN, records)
    assert {path.name for path in tmp_path.iterdir()} >= {"report.md", "report.html"}


def test_a_run_without_findings_says_so(made_up):
    records = [made_up.record()]
    html = render_html(made_up.summary(records, verdicts={"pass": 1}), {}, records, {})
    assert '<h1><span class="mark" aria-hidden="true"></span>Conforms' in html
    assert data_of(html)["findings"] == []
