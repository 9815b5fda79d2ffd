"""The tables say what was measured, and no text breaks out of them."""

import pytest

from viewproof.bench.flat import growing
from viewproof.bench.model import Block, Omission, Settings, Spread
from viewproof.bench.render import as_markdown, as_text, both, ranks, sizes, times


@pytest.fixture
def found(series, made_up):
    some = [
        series(2.0),
        series(5.0, variant="copy", ratio=2.5),
        series(2.0, elements=100),
        series(640.0, elements=1_000_000),
        series(3.0, elements=4_096, rank=6),
        series(1.5, elements=4_096, rank=1),
        series(9.0, operator="aten.values.default", elements=None, rank=None),
    ]
    absent = (Omission("aten.values.default", "meta", "no <b>meta</b> | none"),)
    blocks = (Block("a", 0.0, Spread(100.0, 95.0, 105.0)), Block("b", 1.0, Spread(120.0, 119.0, 121.0)))
    return made_up(some, absent=absent, blocks=blocks, findings=tuple(growing(some)))


def test_times_and_ratios(found):
    headers, rows = both(found)
    assert headers[:3] == ["operator", "eager us", "copy"]
    assert rows[0][:3] == ["aten.slice.Tensor", "2.0 ±5%", "2.5x"]
    assert rows[1][:3] == ["aten.values.default", "9.0 ±5%", "-"]
    assert times(found)[1][0][2] == "5.0 ±5%"


def test_sizes_say_what_grows(found):
    headers, rows = sizes(found)
    assert headers[2:7] == ["100", "1,000", "10,000", "100,000", "1,000,000"]
    assert rows == [["aten.slice.Tensor", "eager", "2.0 ±5%", "2.0 ±5%", "-", "-", "640 ±5%", "320x", "1.8x", "GROWS"]]


def test_ranks(found):
    assert ranks(found) == (["operator", "rank 1", "rank 6"], [["aten.slice.Tensor", "1.5 ±5%", "3.0 ±5%"]])


def test_the_terminal_says_where_how_noisy_and_what_is_wrong(found):
    text = as_text(found)
    assert "torch 2.13.0, cpu (host timer), one thread" in text
    assert (
        "a reference loop of 110 us spread by 6% (interquartile) beside the median operator, 10% beside the w" in text
    )
    assert "GROWTH aten.slice.Tensor (eager) takes 2.0 us on 100 elements and 640.0 us" in text
    assert "flat:" not in text


def test_a_flat_bench_says_so(series, made_up):
    text = as_text(made_up([series(2.0), series(2.0, elements=100)]))
    assert "flat: no view of 1 measured by size depends on it" in text


def test_what_an_older_bench_says(series, made_up):
    bench = made_up([series(2.0)], compared="old (torch 2.12.0)", faster=("aten.t.default: 2.00 times as fast",))
    bench.unmatched = 3
    text = as_markdown(bench)
    assert "against old (torch 2.12.0): 0 slower beyond the noise, 1 faster" in text
    assert "- aten.t.default: 2.00 times as fast" in text
    assert "3 series of it were not measured here" in text


def test_markdown_has_every_table_and_escapes(found):
    text = as_markdown(found, ["bench-sizes.svg"])
    for title in ("Findings", "Ratio to the eager view", "By size, microseconds", "Calls", "Not measured"):
        assert f"## {title}" in text
    assert "![bench sizes](bench-sizes.svg)" in text
    assert "no &lt;b>meta&lt;/b> \\| none" in text
    assert "<b>" not in text


def test_an_empty_bench_can_be_rendered(made_up):
    empty = made_up([], blocks=(), settings=Settings(variants=("eager",)))
    assert "0 operators, 0 series" in as_text(empty)
    assert "None." in as_markdown(empty)
