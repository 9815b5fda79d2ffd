"""The house keeps its shape: which way imports run, what no file may do, what the tools say.

The rules are those of CONTRIBUTING.md, "The shape of the code", and the order of rooms is that of docs/internals.md.
Sources are read as syntax trees: nothing is imported.
"""

from __future__ import annotations

import ast
import functools
import importlib.util
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Collection, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCE_ROOTS = {"reference": "viewproof_reference", "harness": "viewproof", "suites": "viewproof_suites"}
#: Where each source root may import from: roots below it.
BELOW = {"reference": set(), "harness": {"reference"}, "suites": {"reference", "harness"}}
#: Names that say nothing about what a module does.
EMPTY_NAMES = {"util", "utils", "helper", "helpers", "manager", "managers", "misc", "common"}


def sources(*roots: str) -> list[Path]:
    return sorted(path for root in roots for path in (ROOT / root).rglob("*.py") if "__pycache__" not in path.parts)


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@functools.cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def imported(path: Path) -> Iterator[tuple[int, str]]:
    """Every absolute module name that a file imports, anywhere in it, with its line."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.lineno, node.module or ""


def breaches(paths: list[Path], forbidden: set[str]) -> list[str]:
    return [
        f"{name_of(path)}:{line}: imports {module}"
        for path in paths
        for line, module in imported(path)
        if module.split(".")[0] in forbidden
    ]


def test_every_source_root_holds_one_package():
    for root, package in SOURCE_ROOTS.items():
        holds = {entry.name for entry in (ROOT / root).iterdir() if entry.is_dir() and entry.name != "__pycache__"}
        assert {name for name in holds if not name.startswith(".")} == {package}, f"{root}/ holds one import package"
        assert (ROOT / root / package / "__init__.py").is_file(), f"{package} is a package"
        assert (ROOT / root / package / "py.typed").is_file(), f"{package} says that it is typed"


def test_imports_run_from_suites_to_harness_to_reference():
    for root, below in BELOW.items():
        above = {package for other, package in SOURCE_ROOTS.items() if other not in below | {root}}
        assert breaches(sources(root), above) == []


@functools.cache
def modules() -> dict[str, Path]:
    """Every module of the three roots by its dotted name; a package by its own."""
    return {
        ".".join(path.relative_to(ROOT / root).with_suffix("").parts).removesuffix(".__init__"): path
        for root in SOURCE_ROOTS
        for path in sources(root)
    }


@functools.cache
def import_graph() -> dict[str, set[str]]:
    """Which of our modules each of them imports, wherever in the file it does."""
    return {name: set(ours_imported(path, modules())) - {name} for name, path in modules().items()}


def ours_imported(path: Path, known: Collection[str]) -> Iterator[str]:
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                yield from [whole] if whole in known else [node.module or ""] if node.module in known else []


def circle_in(graph: Mapping[str, set[str]]) -> list[str]:
    """The names of a circle, none where there is none."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as circle:
        return list(circle.args[1])
    return []


def test_no_imports_go_in_a_circle():
    assert circle_in(import_graph()) == []


def test_a_circle_is_seen():
    assert circle_in({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}})
    assert not circle_in({"a": {"b"}, "b": {"c"}, "c": set(), "d": {"a"}})


def rooms() -> dict[str, list[str]]:
    """The rooms of each source root, lowest first, as docs/internals.md draws them."""
    text = (ROOT / "docs/internals.md").read_text(encoding="utf-8")
    drawn = re.findall(r"^    (reference|harness|suites): ((?:.|\n {6,})*)$", text, re.MULTILINE)
    return {root: names.split() for root, names in drawn}


def test_every_room_has_its_place():
    for root, package in SOURCE_ROOTS.items():
        folder = ROOT / root / package
        there = {path.stem for path in sources(root) if path.parent in (folder, folder / path.stem)}
        there |= {path.relative_to(folder).parts[0].removesuffix(".py") for path in sources(root)}
        assert set(rooms()[root]) == there - {"__init__", "__main__"}, (
            f"{root}: docs/internals.md draws every room once"
        )
        assert len(rooms()[root]) == len(set(rooms()[root]))


def runs_back(importer: str, imports: str, order: Mapping[str, list[str]]) -> bool:
    """Whether an import goes to a room that stands above the importer's own; of another root, that is no matter."""
    one, other = importer.split("."), imports.split(".")
    if one[0] != other[0] or len(one) < 2 or len(other) < 2:
        return False
    of_root = next(names for root, names in order.items() if SOURCE_ROOTS[root] == one[0])
    return of_root.index(one[1]) < of_root.index(other[1])


def test_no_import_runs_back():
    back = [f"{one} -> {other}" for one, others in import_graph().items() for other in others
            if runs_back(one, other, rooms())]  # fmt: skip
    assert back == [], "a room imports only rooms below it"


def test_an_import_that_runs_back_is_seen():
    order = {"harness": ["cases", "engine"]}
    assert runs_back("viewproof.cases.text", "viewproof.engine.run", order)
    assert not runs_back("viewproof.engine.run", "viewproof.cases.text", order)


def test_the_oracles_import_no_torch():
    oracles = [path for path in sources("reference") if "replacements" not in path.parts]
    assert len(oracles) > 40
    assert breaches(oracles, {"torch", "torchgen", "numpy"}) == []


def test_importing_the_oracles_loads_no_torch():
    names = [f"viewproof_reference.{room}" for room in rooms()["reference"] if room != "replacements"]
    program = f"import sys, {', '.join(names)}; sys.exit('torch' in sys.modules)"
    environment = os.environ | {"PYTHONPATH": str(ROOT / "reference")}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr or "importing the oracles loaded torch"


def test_the_harness_names_the_suites_where_pytest_looks_for_them_only():
    """Contracts are found through entry points, ours as anybody's."""
    spelled = {
        name_of(path)
        for path in sources("harness")
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if node.value == "viewproof_suites" or node.value.startswith("viewproof_suites.")
    }
    assert spelled == {"harness/viewproof/pytest_plugin/key.py"}


def test_every_contract_is_declared():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = project["entry-points"]["viewproof.contracts"]
    assert declared == {name: f"viewproof_suites.{name}:CONTRACT" for name in rooms()["suites"]}


def test_no_module_has_an_empty_name():
    named = [name_of(path) for path in sources(*SOURCE_ROOTS) if EMPTY_NAMES & {path.stem, path.parent.name}]
    assert named == [], "a module's name says what it does"


def test_every_module_says_what_it_is():
    silent = [name_of(path) for path in sources(*SOURCE_ROOTS) if tree_of(path).body and not docstring(path)]
    assert silent == [], "a module begins with a docstring"


def docstring(path: Path) -> str | None:
    return ast.get_docstring(tree_of(path))


def drops(handler: ast.ExceptHandler) -> bool:
    """Whether a handler catches everything and then does nothing at all."""
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    wide = any(kind is None or (isinstance(kind, ast.Name) and kind.id in WIDE) for kind in kinds)
    return wide and all(is_nothing(statement) for statement in handler.body)


WIDE = {"Exception", "BaseException"}


def is_nothing(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Pass | ast.Continue | ast.Break):
        return True
    if isinstance(statement, ast.Return):
        return statement.value is None or isinstance(statement.value, ast.Constant)
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def dropped_in(tree: ast.AST) -> list[int]:
    handlers = [node.lineno for node in ast.walk(tree) if isinstance(node, ast.ExceptHandler) and drops(node)]
    suppressed = [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        if isinstance(node.func, ast.Name | ast.Attribute)
        if (node.func.id if isinstance(node.func, ast.Name) else node.func.attr) == "suppress"
        if any(isinstance(kind, ast.Name) and kind.id in WIDE for kind in node.args)
    ]
    return sorted([*handlers, *suppressed])


def test_nothing_is_dropped_in_silence():
    dropped = [f"{name_of(path)}:{line}" for path in sources(*SOURCE_ROOTS) for line in dropped_in(tree_of(path))]
    assert dropped == [], "a handler that catches every exception records what it caught"


@pytest.mark.parametrize(
    ("body", "caught"),
    [
        ("try:\n    f()\nexcept Exception:\n    pass", True),
        ("for x in y:\n    try:\n        f()\n    except Exception:\n        continue", True),
        ("try:\n    f()\nexcept:\n    ...", True),
        ("try:\n    f()\nexcept (ValueError, BaseException):\n    pass", True),
        ("with contextlib.suppress(Exception):\n    f()", True),
        ("try:\n    f()\nexcept ValueError:\n    pass", False),
        ("try:\n    f()\nexcept Exception as error:\n    record(error)", False),
        ("with contextlib.suppress(KeyError):\n    f()", False),
    ],
)
def test_the_search_for_dropped_exceptions_can_fail(body: str, caught: bool):
    assert bool(dropped_in(ast.parse(body))) is caught


def test_a_breach_of_the_arrows_is_seen(tmp_path: Path):
    """The import tests can fail: every way to write an import is seen, inside functions too."""
    wrong = tmp_path / "wrong.py"
    wrong.write_text("def f():\n    from torch.fx import Graph\n    import viewproof.cases as cases\n")
    assert [module for _, module in imported(wrong)] == ["torch.fx", "viewproof.cases"]


def test_the_version_is_said_once_and_the_same():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert f"## {project['version']}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_every_dependency_is_pinned():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = {
        requirement.split(">=")[0].partition("[")[0].lower()
        for requirement in [*project["dependencies"], *project["optional-dependencies"]["test"]]
    }
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = dict(line.split("==") for line in lines if line and not line.startswith("#"))
    assert wanted - {name.lower() for name in pinned} == set()
    assert pinned["torch"] == "2.13.0", "the known issues are known for this torch"


def test_every_import_is_a_declared_dependency():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = {requirement.split(">=")[0].lower() for requirement in project["dependencies"]}
    ours = {*SOURCE_ROOTS.values(), *sys.stdlib_module_names}
    used = {
        top
        for path in sources(*SOURCE_ROOTS)
        for _, module in imported(path)
        if (top := module.split(".")[0]) not in ours
        # The plugin is loaded by pytest alone, which is there then.
        and not (top == "pytest" and "pytest_plugin" in path.parts)
        # The plots of a bench say where they come from, in place of an import that fails.
        and not (top == "matplotlib" and name_of(path) == "harness/viewproof/bench/plots.py")
        # So does a run on a cluster.
        and not (top == "ray" and name_of(path) == "harness/viewproof/engine/cluster.py")
    }
    assert used - declared == set(), "what a source imports is a dependency of its own, not of a dependency"
    assert declared - used - IMPORTED_BY_TORCH == set(), "what no source imports is no dependency"


def test_torch_s_own_tests_are_used_for_gathering_alone():
    """`torch.testing` needs what a plain install lacks: what is taken from it is gathered by a developer, as data."""
    using = {name_of(path) for path in sources(*SOURCE_ROOTS) for _, module in imported(path)
             if module.startswith("torch.testing")}  # fmt: skip
    assert using == {"harness/viewproof/samples/harvest/views.py", "harness/viewproof/samples/harvest/opinfo.py"}


#: Dependencies that torch or its torchgen imports where it finds them, and that the harness needs it to find.
IMPORTED_BY_TORCH = {"numpy", "pyyaml"}


def readme_commands() -> list[str]:
    """The bodies of README's `sh` blocks, in order."""
    _, *blocks = (ROOT / "README.md").read_text(encoding="utf-8").split("\n```sh\n")
    return [block.split("\n```")[0] for block in blocks]


def test_readme_begins_with_two_commands_of_one_line():
    first, second = readme_commands()[:2]
    for command in (first, second):
        assert "\n" not in command
        assert command.startswith("python3 -m venv ")
        assert "-c constraints.txt" in command
    assert "viewproof run" in first
    assert "pytest" in second


def test_ci_runs_what_readme_says():
    done = subprocess.run([ROOT / ".ci/run", "--print"], capture_output=True, text=True, check=True)
    assert done.stdout.rstrip("\n") == readme_commands()[1]


def tool(*command: str) -> None:
    """Run one of the tools of the `test` extra over the checkout; what it says is the test's message."""
    if importlib.util.find_spec(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed (it comes with viewproof[test])")
    done = subprocess.run([sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}{done.stderr}"


def test_ruff_finds_nothing():
    tool("ruff", "check", ".")


def test_ruff_would_format_nothing():
    tool("ruff", "format", "--check", ".")


@pytest.mark.long
def test_types_are_right():
    tool("mypy", "--strict")
