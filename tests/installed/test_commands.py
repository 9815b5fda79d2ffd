"""Every command, at every profile and in every format, in an environment that has nothing but what viewproof needs.

The tries are lines as a user types them, each run in an empty folder. What the command line offers is read off it: a
verb or a choice that no line here tries is a failure.
"""

from __future__ import annotations

import json
import shlex
import tomllib
from pathlib import Path

import click
import pytest

from viewproof.bench.plots import LACKING
from viewproof.cli import VERBS, main
from viewproof.contract.installed import own_suites

ROOT = Path(__file__).resolve().parents[2]
#: At quick, some operators of few cases: every suite has one.
QUICK = (
    "run --profile quick --jobs 1 --out quick aten.alias aten.alias_copy 'inplace/*/*/aten.t_'"
    " 'decomp_table/*/*/history.made' 'decomposed_passes/*/*/module.chain'"
)
ABOVE = "--jobs 1 --out out 'views/meta/*/aten.t'"
#: The meta kernel in Python moves the offset of an empty diagonal; a fault of the torch that the environment pins.
FAULT = "'views/meta-python/layout.offset/aten.diagonal.default(float32[0,3], 1)'"
REPRO = f"repro {FAULT} -o script.py"
BENCH = "bench --quick --out out aten.t"
SHARD = "run --jobs 1 --shard 1/1 --out shard 'views/meta/*/aten.t'"
MERGE = "merge --out out shard"
#: Lines, and what they say. `{run}` is the run of QUICK, `{runs}` the folder that it lies in.
LINES = {
    f"run --profile full {ABOVE}": "\nconforms\n",
    f"run --profile exhaustive {ABOVE}": "\nconforms\n",
    "list ops --profile quick views": "aten.alias.default",
    "list suites --profile exhaustive views": "views  level 1",
    "list rules views": "layout.stride",
    # A case that comes out of torch's OpInfo alone.
    "list cases --profile full 'views/meta/*/aten.t.*'": "aten.t.default(float32[1,2])\n",
    "explain layout.stride": "suites: views",
    "explain aten.alias": "suite views",
    f"show {FAULT}": "layout.offset: fail",
    "crossref program.py": "3 checked",
    "report {run}": "report.html",
    "diff {run} {run}": "no change",
    "diff --format markdown {run} {run}": "no change",
    "diff --format html {run} {run}": "</html>",
    "trend {runs}": "quick",
    "trend --format markdown {runs}": "| quick",
    "trend --format html {runs}": "</html>",
    "trend --format json {runs}": '"quick"',
    "doctor": "ok    workers",
}
PROGRAM = "import torch\nx = torch.arange(12.).reshape(3, 4)\ny = x.t()[1:]\ny.add_(1)\n"


@pytest.fixture(scope="session")
def runs(shared, installed, once):
    """A folder with one run, `quick`."""

    def make(folder):
        done = installed.start(installed.viewproof, *shlex.split(QUICK), folder=folder)
        assert done.returncode == 0, done.stdout + done.stderr
        (folder / "said").write_text(done.stdout)

    return once(shared / "runs", make)


def choices(verb: str) -> dict[str, tuple[str, ...]]:
    """The parameters of a command that take one of a few words, with these."""
    command = main.get_command(click.Context(main), verb)
    return {one.name: tuple(one.type.choices) for one in command.params if isinstance(one.type, click.Choice)}


def tried(line: str) -> set[tuple[str, ...]]:
    verb, *arguments = shlex.split(line)
    context = main.get_command(click.Context(main), verb).make_context(verb, arguments, resilient_parsing=True)
    return {(verb,), *((verb, name, context.params[name]) for name in choices(verb))}


def test_every_verb_and_every_choice_of_one_is_tried():
    offered = {(verb,) for verb in VERBS}
    offered |= {(verb, name, word) for verb in VERBS for name, words in choices(verb).items() for word in words}
    assert offered == set().union(*map(tried, (QUICK, REPRO, BENCH, SHARD, MERGE, *LINES)))


def test_nothing_of_the_tests_is_there(installed, tmp_path):
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    ours = {requirement.split(">=")[0] for some in extras.values() for requirement in some}
    assert {"pytest", "expecttest", "hypothesis", "matplotlib"} <= ours
    code = (
        "import json, sys, importlib.metadata as m, viewproof, viewproof_suites\n"
        "print(json.dumps([[d.name for d in m.distributions()], viewproof.__file__, viewproof_suites.__file__,"
        " sys.path]))"
    )
    done = installed.start(installed.python, "-c", code, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    found, *files, path = json.loads(done.stdout)
    assert ours & set(found) <= {"markdown-it-py"}, "which rich brings along"
    own = installed.python.parent.parent
    assert all(Path(file).is_relative_to(own) for file in files), "the installed package is what runs"
    assert not [entry for entry in path if Path(entry).is_relative_to(ROOT)]


def test_a_run_at_quick_has_every_suite_and_target(runs):
    assert (runs / "said").read_text().endswith("conforms\n")
    described = json.loads((runs / "quick" / "run.json").read_text())
    assert set(described["suites"]) == set(own_suites())
    assert set(described["targets"]) == {target for suite in own_suites().values() for target in suite.targets}


@pytest.mark.parametrize("line", LINES)
def test_a_line_does_what_it_says(line, installed, runs, tmp_path):
    (tmp_path / "program.py").write_text(PROGRAM)
    arguments = shlex.split(line.format(run=runs / "quick", runs=runs))
    done = installed.start(installed.viewproof, *arguments, folder=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert LINES[line] in done.stdout + done.stderr


def test_shards_are_merged(installed, tmp_path):
    for line in (SHARD, MERGE):
        done = installed.start(installed.viewproof, *shlex.split(line), folder=tmp_path)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "\nconforms\n" in done.stdout


def test_a_script_of_repro_shows_its_fault(installed, tmp_path):
    done = installed.start(installed.viewproof, *shlex.split(REPRO), folder=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    shown = installed.start(installed.python, "script.py", folder=tmp_path)
    assert (shown.returncode, shown.stdout) == (1, "expected [0]\nobserved [1]\n")


def test_a_bench_has_its_tables_and_says_what_plots_need(installed, tmp_path):
    done = installed.start(installed.viewproof, *shlex.split(BENCH), folder=tmp_path)
    # 1 is an answer too: that something depends on size. Whether it does is this machine's affair.
    assert done.returncode in (0, 1), done.stdout + done.stderr
    assert LACKING in done.stdout
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"bench.json", "bench.md"}
