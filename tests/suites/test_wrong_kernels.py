"""A wrong kernel fails its run and cannot void it: faults of every sort, on an operator of every kind of the catalog.

`tests/shared/wrong_kernels.py` has the faults. Most are tried on a few calls, each in a process of its own that
`tests/shared/forked_checks.py` forks; some in whole runs, where the driver and the workers are concerned too.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import wrong_kernels
from wrong_kernels import FAULTS, OF_FIVE, OPERATORS, RIGHT, SETTINGS

from viewproof.catalog.entry import KINDS

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT / "tests" / "shared"
#: What says that the kernel is wrong, and what says that nothing is known of it.
BAD, VOID = ("fail", "crash", "timeout"), ("harness_error", "missing")
#: Seconds that a whole run may take.
LIMIT = 120


def environment(*folders: Path) -> dict[str, str]:
    """Where a process finds the wrong kernels and viewproof's three roots, and whatever the tests find."""
    roots = (str(path) for path in (*folders, SHARED, *(ROOT / root for root in ("reference", "harness", "suites"))))
    return os.environ | {"PYTHONPATH": os.pathsep.join([*roots, *filter(None, sys.path)])}


# A few cases at a time, each time in a process of their own.


class Outcome(NamedTuple):
    """What became of some cases: see `forked_checks`."""

    verdicts: dict[str, int]
    against: list[str]
    cases: list[str]
    errors: list[str]
    ended: str | None

    def number(self, words: tuple[str, ...]) -> int:
        return sum(self.verdicts.get(word, 0) for word in words)

    @property
    def void(self) -> bool:
        return bool(self.errors) or self.number(VOID) > 0


class Checks:
    """The program that forks a process for each question."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-W", "ignore", SHARED / "forked_checks.py"], env=environment(),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip

    def ask(
        self, faults: dict[str, str], asked: list[tuple[str, int | None]], without: tuple[str, ...] = ()
    ) -> Outcome:
        """What becomes of the cases of each query, in suites up to a level, while these kernels are wrong."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps({"faults": faults, "asked": asked, "without": without}) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        assert answer, f"{faults}: the program ended, with exit status {self.process.wait()}"
        return Outcome(**json.loads(answer))

    def close(self) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait(timeout=60)
        self.process.stdout.close()


@pytest.fixture(scope="module")
def checks() -> Iterator[Checks]:
    program = Checks()
    yield program
    program.close()


#: Suites that are asked of one operator alone: what they find of the others, others do too.
SLOW = ("crossref",)


def outcomes(checks: Checks, fault: str) -> dict[str, Outcome]:
    """What becomes of each operator on which it is a fault: all suites on one case, quick ones on another."""
    entry = (FAULTS | RIGHT | SETTINGS)[fault]
    return {
        one.name: checks.ask(
            {one.name: fault},
            [(f"{one.name}{one.cases[0]}", None), (f"{one.name}{one.cases[1]}", 3)],
            (*one.without, *(() if one is OPERATORS[0] else SLOW)),
        )
        for one in OPERATORS
        if entry.fits(one)
    }


def test_there_is_an_operator_of_every_kind():
    assert {one.kind for one in OPERATORS} == set(KINDS) - {"excluded"}


def test_every_fault_is_tried():
    assert [name for name, entry in FAULTS.items() if not any(map(entry.fits, OPERATORS))] == []


@pytest.mark.parametrize("fault", FAULTS)
def test_a_wrong_kernel_fails_and_voids_nothing(checks, fault):
    """Each operator has a verdict against it, and no harness error or verdict that is missing."""
    found = outcomes(checks, fault)
    assert {name: one for name, one in found.items() if one.void} == {}
    assert {name: one for name, one in found.items() if not one.number(BAD)} == {}


@pytest.mark.parametrize("fault", RIGHT)
def test_a_right_kernel_conforms(checks, fault):
    """The control: a kernel from outside that is right is found right, whatever its storage has beside the elements."""
    found = outcomes(checks, fault)
    assert found
    assert {name: one for name, one in found.items() if one.void or one.number(BAD)} == {}
    assert {name for name, one in found.items() if not one.number(("pass",))} == set()


@pytest.mark.parametrize("fault", SETTINGS)
def test_a_kernel_that_changes_settings_voids_nothing(checks, fault):
    found = outcomes(checks, fault)
    assert {name: one for name, one in found.items() if one.void} == {}


@pytest.mark.parametrize("fault", OF_FIVE)
def test_what_a_kernel_leaves_in_the_thread_fails_no_other_case(checks, fault):
    """Of the same operator, whose kernel goes wrong for operands of five elements alone, and of another after it.

    The operator is composite: others are called through kernels of autograd's, whose guards put back some of it.
    """
    names = ("aten.reshape.default", "aten.t.default")
    asked = [(f"{suite}/eager/*/{name}", None) for suite in ("views", "aliasing", "replay") for name in names]
    found = checks.ask({names[0]: fault}, asked)
    assert found.errors == []
    assert found.number(("pass",)) > 100
    assert [case for case in found.cases if not case.startswith(names[0]) or "[5]" not in case] == []


#: Faults that once voided whole runs by thousands of harness errors, or kept one from its end.
NOTED = {
    "aten.t.default": "none",
    "aten.unsqueeze.default": "sparse",
    "aten.squeeze.default": "shrinks",
    "aten.detach.default": "seven",
}


@pytest.mark.parametrize("operator", NOTED)
def test_all_cases_of_an_operator_fail_and_end(checks, operator):
    asked = [(f"{suite}/eager/*/{operator}", None) for suite in ("views", "aliasing", "replay")]
    found = checks.ask({operator: NOTED[operator]}, asked)
    assert found.errors == []
    assert found.against == [operator]


@pytest.mark.parametrize("operator", ["aten.contiguous.default", "aten.reshape.default"])
def test_a_copy_with_padding_conforms(checks, operator):
    """The storage of a fresh tensor may be longer than its elements need."""
    found = checks.ask({"aten.clone.default": "padded"}, [(f"*/eager/*/{operator}", None)])
    assert found.errors == []
    assert set(found.verdicts) <= {"pass", "unseen", "waived"}
    assert found.number(("pass",))


# Whole runs.


class Run(NamedTuple):
    """A finished run: its exit status, what it said, and its summary, if there is one."""

    status: int
    said: str
    summary: dict[str, Any] | None

    @property
    def verdicts(self) -> dict[str, int]:
        assert self.summary is not None, self.said
        return {word: number for word, number in self.summary["verdicts"].items() if number}

    @property
    def against(self) -> set[str]:
        """The operators that have findings which no known issue covers."""
        assert self.summary is not None, self.said
        return {one["operator"] for one in self.summary["findings"] if one["verdict"] in BAD}


def run(folder: Path, queries: list[str], faults: dict[str, str], module: str = "wrong_kernels") -> Run:
    """`viewproof run` of the queries with `module` imported, which seeds the faults."""
    out = folder / "out"
    command = [sys.executable, "-P", "-m", "viewproof.cli", "run", *queries, "--import", module, "--out", str(out)]
    with subprocess.Popen(
        [*command, "--jobs", "1"], env=environment(folder) | {wrong_kernels.VARIABLE: json.dumps(faults)}, cwd=folder,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
    ) as process:  # fmt: skip
        try:
            said, _ = process.communicate(timeout=LIMIT)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            pytest.fail(f"no end in {LIMIT} seconds: {' '.join(queries)}, {faults}")
    path = out / "summary.json"
    summary = json.loads(path.read_text()) if path.exists() else None
    return Run(process.returncode, said, summary)


#: A fault for an operator of each kind; two raise what ends a program.
MIXED = {
    "aten.select.int": "interrupt",
    "aten.split.Tensor": "list-short",
    "aten.reshape.default": "none",
    "aten.squeeze_.dim": "system-exit",
    "aten.select_copy.int": "none",
    "aten.select_copy.int_out": "shrinks",
    "aten.select_scatter.default": "quantized",
    "aten.slice_inverse.default": "writes",
}


def test_a_run_of_wrong_kernels_does_not_conform(tmp_path):
    cases = [f"*/eager/*/{one.name}{one.cases[0]}" for one in OPERATORS]
    done = run(tmp_path, cases, MIXED)
    assert {word: done.verdicts.get(word, 0) for word in VOID} == dict.fromkeys(VOID, 0), done.said
    assert done.against == {*MIXED}
    assert done.status == 1


#: What leaves something behind or answers at random, the rule that it fails, and the cases.
UNSTEADY = {
    "aten.select.int": ("grad-mode-off", "state.restored", "grad mode"),
    "aten.unsqueeze.default": ("replaces-add", "state.restored", "torch.add replaced"),
    "aten.squeeze.dim": ("leaves-a-thread", "state.restored", "threads"),
}


def test_what_a_kernel_leaves_is_found_on_its_own_cases(tmp_path):
    """And what answers at random: a run ends with a verdict on each, and on nothing else."""
    faults = {name: fault for name, (fault, _, _) in UNSTEADY.items()} | {"aten.detach.default": "at-random"}
    asked = [f"views/eager/*/{name}" for name in (*faults, "aten.unfold.default")]
    done = run(tmp_path, asked, faults)
    assert {word: done.verdicts.get(word, 0) for word in VOID} == dict.fromkeys(VOID, 0), done.said
    assert done.status == 1, done.said
    found = {one["operator"]: one for one in done.summary["findings"] if one["operator"] in UNSTEADY}
    shown = {name: (one["rule"], one["verdict"], one["observed"]) for name, one in found.items()}
    assert shown == {name: (rule, "fail", left) for name, (_, rule, left) in UNSTEADY.items()}
    rest = [one for one in done.summary["findings"] if one["operator"] not in UNSTEADY]
    assert {one["operator"] for one in rest} == {"aten.detach.default"}
    assert "flaky" in {one["verdict"] for one in rest} <= {"flaky", "fail"}


def test_a_run_under_a_kernel_that_shrinks_storages_ends(tmp_path):
    """However many of its cases die of it."""
    asked = [f"{suite}/*/*/aten.squeeze.default" for suite in ("views", "aliasing", "replay", "errors")]
    done = run(tmp_path, asked, {"aten.squeeze.default": "shrinks"})
    assert {word: done.verdicts.get(word, 0) for word in VOID} == dict.fromkeys(VOID, 0), done.said
    assert done.against == {"aten.squeeze.default"}
    assert done.status == 1


def test_a_run_under_a_kernel_that_ends_its_process_ends(tmp_path):
    """However many of its cases do, and its report is written."""
    asked = [f"{suite}/*/*/aten.select_copy.int" for suite in ("copies", "copy_errors", "crossref")]
    done = run(tmp_path, asked, {"aten.select_copy.int": "exits"})
    assert {word: done.verdicts.get(word, 0) for word in VOID} == dict.fromkeys(VOID, 0), done.said
    assert {"crash"} <= {*done.verdicts} <= {"pass", "unseen", "waived", "crash"}
    assert done.against == {"aten.select_copy.int"}
    assert done.status == 1
    assert (tmp_path / "out" / "report.html").exists()


def test_a_wrong_kernel_of_another_operator_is_not_leaned_on(tmp_path):
    """A run asks for one operator, and the kernel of another one raises."""
    asked = [f"{suite}/eager/*/aten.unfold" for suite in ("views", "aliasing", "replay")]
    done = run(tmp_path, asked, {"aten.select.int": "key-error"})
    assert {*done.verdicts} == {"pass", "unseen"}, done.said
    assert done.status == 0


def test_a_module_that_exits_when_it_is_imported_is_no_evidence(tmp_path):
    """What it says and its exit status are its own: the run ended with nothing run, and does not end green."""
    (tmp_path / "no_device.py").write_text("import sys\n\nprint('no device here, skipping')\nsys.exit(0)\n")
    done = run(tmp_path, ["views/eager/*/aten.t.default(float32[2,3])"], {}, "no_device")
    assert done.status in {2, 3}, done.said
    assert "no_device" in done.said
