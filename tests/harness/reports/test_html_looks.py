"""report.html to the eye, the hand and the ear: light and dark, contrast, keys, names, a phone, paper."""

from itertools import pairwise

import pytest

from viewproof.reports.html import render_html

TEXT = "document.getElementById({0!r}).textContent"
#: The texts of which the contrast with their ground is below 4.5.
WEAK = """(() => {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const rgb = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return canvas.getImageData(0, 0, 1, 1).data;
  };
  const light = (c) => [0.2126, 0.7152, 0.0722].reduce((sum, part, k) => { const v = c[k] / 255;
    return sum + part * (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); }, 0);
  const ground = (one) => {
    for (; one; one = one.parentElement) {
      const c = rgb(getComputedStyle(one).backgroundColor);
      if (c[3] === 255) return c;
    }
    return [255, 255, 255];
  };
  const weak = new Set();
  for (const one of document.querySelectorAll('body *:not(svg *)')) {
    if (![...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim())) continue;
    if (!one.checkVisibility() || one.closest('.hidden, script, option')) continue;
    const [a, b] = [light(rgb(getComputedStyle(one).color)), light(ground(one))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) weak.add(`${one.tagName}.${one.className} ${ratio.toFixed(2)}`);
  }
  return [...weak];
})()"""


def lightness(page):
    colour = page.run("getComputedStyle(document.body).backgroundColor")
    return sum(int(part) for part in colour.removeprefix("rgb(").removesuffix(")").split(", ")) / 3


def test_light_and_dark_follow_the_system_and_the_switch(shown):
    shown.scheme("dark")
    assert lightness(shown) < 60
    shown.choose("theme", "light")
    assert lightness(shown) > 200
    shown.scheme("light")
    shown.choose("theme", "dark")
    assert lightness(shown) < 60
    shown.choose("theme", "")
    assert lightness(shown) > 200


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_texts_stand_out_from_their_ground(shown, scheme):
    """WCAG AA: a contrast of 4.5 for every text, links, verdicts and marks among them."""
    shown.scheme(scheme)
    shown.run("document.querySelectorAll('tr.finding button')[0].click()")
    shown.run("document.querySelector('.matrix .operator').click()")
    assert shown.run(WEAK) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_verdicts_that_nothing_else_shows_stand_out_too(page, made_up, tmp_path, scheme):
    """What is unseen or flaky, in a tile, in the legend, in a cell and behind it."""
    record = made_up.record(operator="aten.t.default")
    record.tallies[0].verdicts = {"unseen": 10}
    record.tallies[1].verdicts = {"pass": 9, "flaky": 1}
    path = tmp_path / "report.html"
    path.write_text(render_html(made_up.summary([record]), made_up.RUN, [record], {}), encoding="utf-8")
    page.open(path)
    page.scheme(scheme)
    page.run("document.querySelector('.matrix .operator').click()")
    drilled = page.run("[...document.querySelectorAll('.matrix .opened [class^=v-]')].map((one) => one.className)")
    assert drilled == ["v-unseen", "v-flaky"]
    assert page.run(WEAK) == []
    assert page.wrongs() == []


def test_keys_reach_everything(shown):
    shown.run("document.body.focus()")
    shown.press("/", 191)
    assert shown.run("document.activeElement.id") == "q"
    shown.run("document.querySelector('.matrix button[tabindex=\"0\"]').focus()")
    shown.press("ArrowRight", 39)
    assert shown.run("document.activeElement.textContent") == "✓ 10"
    shown.press("ArrowDown", 40)
    assert shown.run("document.activeElement.getAttribute('aria-label')") == "aten.transpose.int on eager: 10 pass"
    shown.press("Enter", 13)
    assert shown.run("document.querySelectorAll('.matrix button[tabindex=\"0\"]').length") == 1, "one tab stop"


def test_headings_and_controls_are_named(shown):
    shown.run("document.querySelector('tr.finding button').click()")
    shown.run("document.querySelectorAll('#coverage-view details').forEach((one) => { one.open = true; })")
    shown.run("new Promise((done) => setTimeout(done, 100))")
    nodes = shown.ask("Accessibility.getFullAXTree")["nodes"]
    named = {"button", "textbox", "searchbox", "combobox", "link", "table", "heading", "image", "navigation"}
    found = [one for one in nodes if not one["ignored"] and one["role"]["value"] in named]
    assert [
        one for one in found if not one.get("name", {}).get("value", "").strip() and one["role"]["value"] != "table"
    ] == []
    levels = [
        prop["value"]["value"] for one in found if one["role"]["value"] == "heading"
        for prop in one["properties"] if prop["name"] == "level"
    ]  # fmt: skip
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels)), "no level is skipped"
    assert "aten.transpose.int" in shown.run(TEXT.format("coverage-view"))


def test_a_phone_scrolls_one_way_only(shown):
    shown.size(360, 740, mobile=True)
    shown.run("document.querySelector('tr.finding button').click()")
    shown.run("document.querySelector('.matrix .operator').click()")
    assert shown.run("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_paper_has_the_findings_opened(shown):
    shown.run("dispatchEvent(new Event('beforeprint'))")
    assert shown.run("document.querySelectorAll('#findings-view tr.drill').length") == 10
    shown.run("dispatchEvent(new Event('afterprint'))")
    assert shown.run("document.querySelectorAll('#findings-view tr.drill').length") == 0
    pdf = shown.ask("Page.printToPDF", preferCSSPageSize=False)["data"]
    assert pdf.startswith("JVBERi"), "a PDF in base64"
