"""The plots: SVG that a reader can parse, with what was found in it; none where matplotlib is not."""

from xml.etree import ElementTree

import pytest

from viewproof.bench import plots
from viewproof.bench.flat import growing

SIZES = (100, 1_000, 1_000_000)


@pytest.fixture
def found(series, made_up):
    some = [series(2.0, elements=size) for size in SIZES]
    some += [series(2.0 * size / 100, elements=size, variant="copy", ratio=3.0) for size in SIZES]
    some += [series(2.0 * size / 100, elements=size, operator="aten.alias.default") for size in SIZES]
    some += [series(2.0, elements=4_096, rank=rank) for rank in (1, 3)]
    return made_up(some, findings=tuple(growing(some)))


def texts(path):
    return [element.text for element in ElementTree.parse(path).iter("{http://www.w3.org/2000/svg}text")]  # noqa: S314


def test_every_plot_is_svg_with_its_title(found, tmp_path):
    pytest.importorskip("matplotlib")
    names = plots.write_plots(found, tmp_path)
    assert names == list(plots.PLOTS)
    titles = ["Ways to run a view, 1,000 elements", "A view must not depend on size"]
    titles += ["Eager views by rank, 4,096 elements", "Machine noise: the reference loop"]
    for name, title in zip(names, titles, strict=True):
        assert title in texts(tmp_path / name)


def test_what_grows_is_named_in_the_plot_of_sizes(found, tmp_path):
    pytest.importorskip("matplotlib")
    plots.write_plots(found, tmp_path)
    assert {"aten.alias.default GROWS", "eager views", "their copies"} <= set(texts(tmp_path / "bench-sizes.svg"))


def test_the_same_bench_gives_the_same_files(found, tmp_path):
    pytest.importorskip("matplotlib")
    both = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        plots.write_plots(found, tmp_path / name)
        both.append({path.name: path.read_bytes() for path in (tmp_path / name).iterdir()})
    assert both[0] == both[1]


def test_a_plot_without_data_is_left_out(series, made_up, tmp_path):
    pytest.importorskip("matplotlib")
    assert plots.write_plots(made_up([series(2.0)], blocks=()), tmp_path) == []
    assert list(tmp_path.iterdir()) == []


def test_matplotlib_is_looked_for(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "matplotlib" else 1 / 0)
    assert not plots.can_plot()
