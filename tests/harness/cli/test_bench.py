"""`viewproof bench`: its files, its exit status, bad input, and a hidden copy found end to end."""

import json
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from viewproof.bench import read_bench
from viewproof.cli import main

#: A kernel that copies what it should alias: torch's own checks of a view see sizes and strides, and these are right.
SEED = """
import torch

LIBRARY = torch.library.Library("aten", "IMPL")


def copied(self, dim, index):
    size, stride = list(self.size()), list(self.stride())
    offset = self.storage_offset() + index % size[dim] * stride[dim]
    del size[dim], stride[dim]
    view = torch.empty(0, dtype=self.dtype).set_(self.untyped_storage(), offset, size, stride)
    return view.clone()


LIBRARY.impl("select.int", copied, "CPU")
"""
#: What a call costs by this clock is what it allocates, which torch's profiler counts: no machine's load is in it.
CLOCK = """
from torch.autograd.profiler import profile

from viewproof.bench.clocks import HostClock


def measure(self, call, count):
    with profile(profile_memory=True) as seen:
        call()
    events = [one for one in seen.kineto_results.events() if one.name() == "[memory]"]
    return count * (1_000.0 + sum(one.nbytes() for one in events if one.nbytes() > 0))


HostClock.measure = measure
"""


@pytest.fixture(scope="module")
def run(warm_viewproof):
    """Runs a bench in a folder, by the clock that counts."""

    def bench(folder, *arguments):
        return warm_viewproof.viewproof(folder, "bench", *arguments, "--quick", "--import", "counting_clock")

    return bench


@pytest.fixture(scope="module")
def seeded(tmp_path_factory, run):
    folder = tmp_path_factory.mktemp("seeded")
    (folder / "copying_kernel.py").write_text(SEED)
    (folder / "counting_clock.py").write_text(CLOCK)
    queries = ("aten.select", "aten.slice")
    return folder, run(folder, *queries), run(folder, *queries, "--import", "copying_kernel", "--out", "wrong")


def test_torchs_own_kernels_do_not_grow(seeded):
    """The control. Whether time is flat too is a matter of the machine's noise, and of synthetic samples elsewhere."""
    folder, right, _ = seeded
    assert right.returncode == 0, right.stdout + right.stderr
    assert read_bench(folder / "viewproof-bench").findings == ()


def test_a_hidden_copy_is_found_by_its_growth(seeded):
    folder, _, wrong = seeded
    assert wrong.returncode == 1, wrong.stdout + wrong.stderr
    assert "GROWTH aten.select.int (eager)" in wrong.stdout
    found = read_bench(folder / "wrong").findings
    assert {(one.kind, one.operator) for one in found} == {("growth", "aten.select.int")}
    variants = {one.variant for one in found}
    assert "eager" in variants
    assert "meta" not in variants, "the seed is in the CPU kernel alone"


def test_what_is_left_in_the_directory(seeded):
    folder, right, _ = seeded
    out = folder / "viewproof-bench"
    names = {path.name for path in out.iterdir()}
    assert {"bench.json", "bench.md"} <= names
    content = json.loads((out / "bench.json").read_text(encoding="utf-8"))
    assert (content["schema"], content["device"]) == (1, "cpu")
    assert {one["operator"] for one in content["series"]} == {"aten.select.int", "aten.slice.Tensor"}
    page = (out / "bench.md").read_text(encoding="utf-8")
    assert "![bench sizes](bench-sizes.svg)" in page or "matplotlib" in right.stdout


def test_the_seeded_bench_costs_more_than_the_right_one(seeded, run):
    folder, *_ = seeded
    done = run(folder, "aten.select", "--import", "copying_kernel", "--out", "again", "--compare", "viewproof-bench")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "SLOWER aten.select.int (eager, rank 3, 1,000,000 elements)" in done.stdout
    assert "against viewproof-bench (torch " in done.stdout


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["aten.slise"], "did you mean aten.slice"),
        (["aten.nothing*"], "wanted a view operator, got a pattern that matches none"),
        (["views/eager"], "query 'views/eager': wanted a view operator"),
        (["aten.t.default(float32[2,3])"], "wanted a view operator"),
        (["aten.t", "--compare", "nowhere"], "--compare nowhere: wanted a bench directory or its bench.json"),
        (["aten.t", "--device", "nodevice"], "device: wanted one that this torch can allocate on"),
        (["aten.t", "--device", "meta"], "device: wanted one that holds data"),
        (["aten.t", "--import", "no_such_module"], "--import no_such_module: cannot be imported"),
        (["aten.t", "--out", "full"], "--out full: wanted a new, an empty or an earlier bench's directory"),
        (["aten.t", "--out", "file/below"], "--out file/below: cannot be written"),
    ],
)
def test_bad_input_is_one_line_and_status_2(here, arguments, said):
    (here / "full").mkdir()
    (here / "full" / "precious.txt").write_text("")
    (here / "file").write_text("")
    done = CliRunner().invoke(main, ["bench", *arguments])
    assert done.exit_code == 2, done.output
    assert said in done.output
    assert len(done.output.strip().splitlines()) == 1
    assert not (here / "viewproof-bench").exists()


def test_a_bench_of_another_device_is_no_bench_to_compare_with(here, seeded):
    folder, *_ = seeded
    other = read_bench(folder / "viewproof-bench")
    other.device = "cuda:0"
    Path("other.json").write_bytes(msgspec.json.encode(other))
    done = CliRunner().invoke(main, ["bench", "aten.t", "--compare", "other.json"])
    assert (done.exit_code, "wanted a bench of 'cpu', got one of 'cuda:0'" in done.output) == (2, True)


def test_nothing_measured_is_no_evidence(here, monkeypatch):
    from viewproof.bench import run as module

    def refuse(variant, point, place):
        raise module.Unavailable("broken kernel")

    monkeypatch.setattr(module, "ready", refuse)
    done = CliRunner().invoke(main, ["bench", "aten.t", "--quick"])
    assert (done.exit_code, "nothing could be measured" in done.output) == (3, True)


def test_a_bench_that_is_stopped_is_no_evidence(here, monkeypatch):
    def stop(*_arguments, **_more):
        raise KeyboardInterrupt

    monkeypatch.setattr("viewproof.bench.run.subject_of", stop)
    done = CliRunner().invoke(main, ["bench", "aten.t", "--quick"])
    assert (done.exit_code, "stopped; nothing is kept" in done.output) == (3, True)
    assert list((here / "viewproof-bench").iterdir()) == []


def test_without_matplotlib_there_are_tables_and_a_line_that_says_so(here, monkeypatch):
    monkeypatch.setattr("viewproof.bench.plots.can_plot", lambda: False)
    done = CliRunner().invoke(main, ["bench", "aten.alias", "--quick"])
    assert "no plots: matplotlib is not installed (it comes with viewproof[bench])" in done.output
    assert {path.name for path in (here / "viewproof-bench").iterdir()} == {"bench.json", "bench.md"}
