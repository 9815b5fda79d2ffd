"""`--compare`: what is slower beyond the noise, and what is no bench."""

import msgspec
import pytest

from viewproof.bench.compare import ENOUGH, between, changes, faster, read_bench, slower, unmatched
from viewproof.errors import UsageError


def test_slower_beyond_the_noise(series):
    (found,) = slower(changes([series(2.0)], [series(4.0)]))
    assert (found.kind, found.factor) == ("slower", 2.0)
    assert "went from 2.0 us to 4.0 us: 2.00 times as slow" in found.text
    assert found.limit == pytest.approx(1.25)


@pytest.mark.parametrize("new", [2.0, 2.2, 2.4, 1.0])
def test_within_the_noise_or_faster_is_not_slower(series, new):
    assert slower(changes([series(2.0)], [series(new)])) == []


def test_the_noise_of_either_bench_excuses(series):
    assert slower(changes([series(2.0, wide=0.8)], [series(4.0, wide=0.4)])) == []
    assert slower(changes([series(2.0)], [series(4.0, noise=0.9)])) == []


def test_a_slower_machine_is_not_a_slower_view(series):
    """Both benches are measured in their own reference loop: here all took three times as long, and the loop too."""
    old = series(2.0)
    slow = msgspec.structs.replace(series(6.0), relative=old.relative)
    assert slower(changes([old], [slow])) == []


def test_only_the_same_series_are_compared(series):
    others = [series(9.0, variant="meta"), series(9.0, elements=100), series(9.0, rank=4)]
    assert changes([series(2.0)], others) == []
    assert unmatched([series(2.0)], others) == 1
    assert unmatched([series(2.0, operator="aten.t.default")], others) == 0


def test_faster_is_said_and_is_no_finding(series):
    some = changes([series(4.0)], [series(2.0)])
    assert slower(some) == []
    assert faster(some) == ("aten.slice.Tensor (eager, rank 3, 1,000 elements): 2.00 times as fast",)


def test_two_benches_that_scatter_excuse_what_one_series_does(series):
    """Fifteen samples in one process do not show what the next process does; twenty other series do."""
    names = [f"aten.op{place}.default" for place in range(ENOUGH + 1)]
    old = [series(2.0, operator=name) for name in names]
    factors = [1.0, 0.6, 0.8, 1.2, 1.4] * 4 + [1.5]
    new = [series(2.0 * factor, operator=name) for name, factor in zip(names, factors, strict=True)]
    assert len(slower(changes(old[-1:], new[-1:]))) == 1
    assert slower(changes(old, new)) == []
    others = [msgspec.structs.replace(one, variant="meta") for one in new[:-1]]
    before = [msgspec.structs.replace(one, variant="meta") for one in old[:-1]]
    assert len(slower(changes([*before, old[-1]], [*others, new[-1]]))) == 1, "what scatters is another variant"


def test_what_got_slower_does_not_excuse_itself():
    assert between([1.0] * 5) == 0.0
    assert between([1.0] * 20 + [5.0] * 9) == 0.0
    assert between([0.8, 1.0, 1.2, 1.4] * 10) > 0.1


def test_a_bench_is_read_from_its_directory_or_its_file(series, made_up, tmp_path):
    found = made_up([series(2.0)])
    (tmp_path / "bench.json").write_bytes(msgspec.json.encode(found))
    assert read_bench(tmp_path) == read_bench(tmp_path / "bench.json") == found


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "wanted a bench directory or its bench.json"),
        (b"{", "wanted a bench.json of schema 1"),
        (b'{"schema": 1}', "missing required field"),
    ],
)
def test_what_is_no_bench_is_refused(tmp_path, content, said):
    if content is not None:
        (tmp_path / "bench.json").write_bytes(content)
    with pytest.raises(UsageError, match=said):
        read_bench(tmp_path)


def test_a_later_schema_is_refused(series, made_up, tmp_path):
    (tmp_path / "bench.json").write_bytes(msgspec.json.encode(made_up([series(2.0)], schema=2)))
    with pytest.raises(UsageError, match="of schema 1, got 2"):
        read_bench(tmp_path)
