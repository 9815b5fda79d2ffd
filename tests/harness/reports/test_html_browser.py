"""report.html in a real browser: filters, drill-down, copying, hostile names; no script error, no request."""

import json

from viewproof.reports.html import render_html
from viewproof.visible import visible

TEXT = "document.getElementById({0!r}).textContent"
ROWS = "[...document.querySelectorAll('tr.finding')].map((row) => row.querySelector('code').textContent)"


def cells(page):
    return page.run(
        "Object.fromEntries([...document.querySelectorAll('.matrix tbody > tr')].filter((row) => row.cells.length > 1)"
        ".map((row) => [row.cells[0].textContent, [...row.cells].slice(1).map((cell) => cell.textContent)]))"
    )


def test_the_verdict_and_the_worst_come_first(shown):
    assert shown.run("document.querySelector('h1').textContent").startswith("Does not conform")
    assert cells(shown) == {
        "4 operators": ["≈ 1", "✗ 121"],
        "aten.slice.Tensor": ["✓ 10", "✗ 1"],
        "aten.transpose.int": ["✓ 10", "✗ 120"],
        "aten.t.default": ["≈ 1", "·"],
    }
    shown.run("document.querySelector('#matrix-view > .more').click()")
    assert "aten.select.int" in cells(shown)
    assert shown.run(ROWS)[0] == "aten.transpose.int(float32[2,3], 0, 1)"
    assert shown.run(TEXT.format("count")) == "122 findings"


def test_unseen_stands_for_a_cell_only_where_nothing_else_is_there(page, made_up, tmp_path):
    some, none = made_up.record(), made_up.record(operator="aten.t.default")
    some.tallies[0].verdicts = {"pass": 4, "unseen": 6}
    none.tallies[0].verdicts = {"unseen": 10}
    path = tmp_path / "report.html"
    path.write_text(render_html(made_up.summary([some, none]), made_up.RUN, [some, none], {}), encoding="utf-8")
    page.open(path)
    assert cells(page) == {"2 operators": ["✓ 4", "✓ 20"], "aten.t.default": ["○ 10", "✓ 10"]}
    page.run("document.querySelector('#matrix-view > .more').click()")
    label = "[...document.querySelectorAll('.matrix button')].map((one) => one.getAttribute('aria-label'))"
    assert "aten.transpose.int on eager: 6 unseen, 4 pass" in page.run(label)
    assert "○ unseen" in page.run(TEXT.format("legend"))
    assert page.run(TEXT.format("findings-view")) == "None."
    assert page.wrongs() == []


def test_rows_come_by_the_page(shown):
    assert len(shown.run(ROWS)) == 50
    shown.run("document.querySelector('#findings-view > .more').click()")
    assert len(shown.run(ROWS)) == 100
    assert shown.run("document.activeElement.closest('tr').dataset.finding") == "50", "the focus goes on"


def test_filters_and_search_narrow_both_tables(shown):
    shown.choose("q", "SLICE differs")
    assert shown.run(TEXT.format("count")) == "0 of 122 findings", "every word must be found"
    shown.choose("q", "transpose SHAPE float32[2,77]")
    assert shown.run(TEXT.format("count")) == "1 of 122 findings"
    assert set(cells(shown)) == {"1 operator", "aten.transpose.int"}
    shown.run("document.getElementById('reset').click()")
    shown.choose("state", "open")
    assert shown.run(TEXT.format("count")) == "121 of 122 findings"
    shown.choose("state", "policy")
    assert shown.run(ROWS) == ["aten.t.default(float32[2,3])"]
    shown.choose("target", "meta")
    assert "No finding passes" in shown.run(TEXT.format("findings-view"))
    assert shown.run("location.hash") == "#state=policy&target=meta"


def test_an_address_brings_filters_and_the_opened_finding_back(page, report):
    case = "views/meta/layout.stride/aten.transpose.int(float32[2,99], 0, 1)"
    page.open(report, "#open=" + case.replace(" ", "%20"))
    assert page.run("document.activeElement.textContent") == "97"
    assert case in page.run("document.querySelector('#findings-view tr.drill').textContent")
    assert page.wrongs() == []


def test_the_smallest_open_findings_are_one_click_away(shown):
    assert shown.run("document.querySelectorAll('.first li').length") == 5
    shown.run("document.querySelectorAll('.first a')[1].click()")
    shown.run("new Promise((done) => setTimeout(done, 200))")
    assert shown.run("document.activeElement.textContent") == "2"
    assert shown.run("document.querySelectorAll('#findings-view tr.drill').length") == 1
    shown.run("document.querySelector('a[href=\"#state=open\"]').click()")
    shown.run("new Promise((done) => setTimeout(done, 200))")
    assert shown.run(TEXT.format("count")) == "121 of 122 findings"


def test_drill_down_from_a_cell_to_rule_and_finding(shown):
    shown.run("[...document.querySelectorAll('.matrix td button')].find((one) => one.textContent === '✗ 1').click()")
    drilled = shown.run("document.querySelector('.matrix tr.drill').textContent")
    assert "views/layout.stride" in drilled
    assert "1 fail, 10 pass" in drilled
    shown.run("document.querySelector('.matrix tr.drill button.link').click()")
    assert shown.run("document.getElementById('operator').value") == "aten.slice.Tensor"
    opened = shown.run("document.querySelector('#findings-view tr.drill').textContent")
    assert "Strides (elements) of dimensions" in opened, "the rule's clause"
    assert "cannot be read" in opened, "a case with no drawing and no script says why"


def test_an_opened_finding_shows_both_sides_the_drawing_and_the_script(shown):
    shown.run("document.querySelector('tr.finding button').click()")
    opened = "document.querySelector('#findings-view tr.drill')"
    assert shown.run(f"[...{opened}.querySelectorAll('mark')].map((one) => one.textContent)") == ["1, 3", "3, 1"]
    marks = shown.run(f"[...{opened}.querySelectorAll('svg .mark.observed')].map((one) => one.textContent)")
    assert marks == ["0,0", "0,1", "1,0", "1,1"]
    assert "2 elements outside the storage" in shown.run(f"{opened}.querySelector('figure').textContent")
    assert "expected: 0,0 on cell 0" in shown.run(f"{opened}.querySelector('svg').getAttribute('aria-label')")
    assert "import torch" in shown.run(f"{opened}.querySelector('pre').textContent")
    shown.run("document.querySelector('tr.finding button').click()")
    assert shown.run(opened) is None


def test_a_case_and_a_script_can_be_copied(shown):
    origin = {"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]}
    shown.browser.ask("Browser.grantPermissions", **origin)
    shown.run("document.querySelector('tr.finding button').click()")
    script = shown.run("document.querySelector('#findings-view pre').textContent")
    for label, wanted in (("Copy case", "aten.transpose.int(float32[2,3], 0, 1)"), ("Copy script", script)):
        shown.run(f"[...document.querySelectorAll('.copy')].find((b) => b.textContent === {label!r}).click()")
        assert (
            shown.run("new Promise((done) => setTimeout(() => navigator.clipboard.readText().then(done), 100))")
            == wanted
        )
        assert label in shown.run(TEXT.format("said"))


def test_a_browser_that_refuses_the_clipboard_gets_a_selection(shown):
    shown.run("navigator.clipboard.writeText = () => Promise.reject(new Error('refused'))")
    shown.run(
        "document.execCommand = () => { window.copied = String(document.activeElement.value || getSelection());"
        "return true; }"
    )
    shown.run("document.querySelector('tr.finding button').click()")
    shown.run("document.querySelector('.copy').click()")
    assert (
        shown.run("new Promise((done) => setTimeout(() => done(window.copied), 100))")
        == "aten.transpose.int(float32[2,3], 0, 1)"
    )


def test_hostile_names_are_shown_and_do_nothing(shown, made_up):
    shown.choose("operator", "aten.slice.Tensor")
    shown.run("document.querySelector('tr.finding button').click()")
    shown.run("document.querySelector('.matrix .operator').click()")
    case = visible(made_up.HOSTILE)
    said = shown.run("document.querySelector('.sides dd').textContent")
    assert said == case
    assert shown.run("document.querySelectorAll('img, iframe, object').length") == 0
    assert shown.run("document.querySelectorAll('script').length") == 3


def test_the_page_stays_whole_with_a_hundred_thousand_findings(page, made_up, tmp_path):
    operators = [f"aten.made_up_{number}.default" for number in range(500)]
    targets = ["eager", "meta", "fake", "functionalize"]
    records = [
        made_up.record(
            *[
                made_up.failure(f"{operator}(float32[{number}])", operator=operator, target=target,
                                difference=f"shape {number}")
                for number in range(50) for target in targets
            ],
            operator=operator,
        )
        for operator in operators
    ]  # fmt: skip
    path = tmp_path / "report.html"
    path.write_text(render_html(made_up.summary(records), made_up.RUN, records, {}), encoding="utf-8")
    page.open(path)
    assert page.run(TEXT.format("count")) == "100,000 findings"
    assert page.run("document.getElementsByTagName('*').length") < 10_000, "rows are made on demand"
    page.choose("q", "made_up_499 float32[49] functionalize")
    assert page.run(ROWS) == ["aten.made_up_499.default(float32[49])"]
    page.run("document.querySelector('tr.finding button').click()")
    assert "only the first 2,000" in page.run("document.querySelector('#findings-view tr.drill').textContent")
    assert page.wrongs() == []


def test_what_goes_wrong_in_a_page_is_seen(page, tmp_path):
    """The control: a script error, a console error and a request are each found."""
    path = tmp_path / "wrong.html"
    path.write_text("<script>fetch('http://127.0.0.1:9/x').catch(() => {}); console.error('no'); undefined.x</script>")
    page.open(path)
    page.run("new Promise((done) => setTimeout(done, 200))")
    found = json.dumps(page.wrongs())
    assert "127.0.0.1:9" in found
    assert "TypeError" in found
    assert '"no"' in found
