"""A folder of runs, by when they began."""

import json
import xml.etree.ElementTree as ET

import pytest

from viewproof.errors import UsageError
from viewproof.records.outdir import write_json
from viewproof.reports.trend import nights, trend_html, trend_json, trend_markdown, trend_text

CASES = [f"aten.alias.default(float32[{size}])" for size in range(1, 5)]


@pytest.fixture
def folder(tmp_path, made):
    """Three nights whose names are not in their order, and a run of a part."""
    bad = [made.record(CASES, [made.failure(CASES[0])])]
    made.write(tmp_path / "c", [made.record(CASES)], "2026-11-01T03:17:00+00:00")
    made.write(tmp_path / "a", bad, "2026-11-02T03:17:00+00:00")
    made.write(tmp_path / "deep" / "b", [made.record(CASES)], "2026-11-03T03:17:00+00:00")
    part = made.write(tmp_path / "part", bad, "2026-11-03T04:00:00+00:00")
    asked = {"queries": ["views"], "level": 1}
    write_json(part / "run.json", made.run_of("2026-11-03T04:00:00+00:00", selection=asked))
    return tmp_path


def test_rows_are_in_the_order_of_time_and_compared_with_the_last_of_their_lane(folder):
    rows = nights(folder).rows
    assert [(row.run, row.verdict, row.findings, row.regressions, row.improvements) for row in rows] == [
        ("c", "conforms", 0, 0, 0),
        ("a", "does not conform", 1, 1, 0),
        ("deep/b", "conforms", 0, 0, 1),
        ("part", "does not conform", 1, 0, 0),
    ]
    assert [row.lane for row in rows][2:] == ["cpu, quick", "cpu, quick, views, level 1"]
    assert rows[1].wrong == 1


def test_what_is_unseen_is_not_wrong_and_a_run_of_schema_1_does_not_say(folder, made):
    record = made.record(CASES)
    record.tallies[0].verdicts = {"pass": 1, "unseen": 3}
    made.write(folder / "d", [record], "2026-11-04T03:17:00+00:00")
    path = made.as_older(folder / "c") / "summary.json"
    content = json.loads(path.read_text()) | {"schema": 1}
    for counts in (
        content["verdicts"], *(one for by in ("rule", "target", "operator") for one in content[f"by_{by}"].values()),
    ):  # fmt: skip
        del counts["unseen"], counts["flaky"]
    path.write_text(json.dumps(content))
    rows = {row.run: row for row in nights(folder).rows}
    assert (rows["d"].unseen, rows["d"].wrong, rows["d"].verdict) == (3, 0, "conforms")
    assert (rows["c"].unseen, rows["a"].unseen) == (None, 0)
    assert json.loads(trend_json([rows["c"]]))["runs"][0]["unseen"] is None
    header, _, line = trend_text([rows["c"]]).splitlines()
    assert line[header.index("unseen") :].split()[0] == "-"


def test_every_format_has_every_run(folder):
    rows = nights(folder).rows
    for render in (trend_text, trend_markdown, trend_html, trend_json):
        text = render(rows)
        assert all(row.run in text for row in rows)
    assert json.loads(trend_json(rows))["runs"][1]["findings"] == 1


def test_the_page_is_closed_and_escaped(folder):
    rows = nights(folder).rows
    html = trend_html([rows[0]._replace(run="<b>&"), *rows[1:]])
    assert "<b>" not in html
    svg = html[html.index("<svg") : html.index("</svg>") + 6]
    bars = [int(bar.get("height")) for bar in ET.fromstring(svg)]  # noqa: S314  -- our own text
    assert bars == [6, 86, 6, 86]


def test_a_folder_without_runs_is_refused(tmp_path):
    with pytest.raises(UsageError, match=r"none that holds summary\.json"):
        nights(tmp_path)
    with pytest.raises(UsageError, match="got none"):
        nights(tmp_path / "nowhere")
