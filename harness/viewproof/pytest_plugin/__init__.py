"""The pytest plugin: collects viewproof's suites where they are asked for, and tests a name or two everywhere else.

`pytest --pyargs viewproof_suites --device cpu -n 2` collects an item an operator x target x rule of each suite. The
cases run once and not in pytest's own processes: a run of the engine is started beside it (start.py), and an item
reads its verdicts from that run's journal (journal.py). So a case that kills its process or hangs is split and named
as in `viewproof run`, under xdist and without it, and verdicts, waivers and records are the same ones.
"""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from viewproof.pytest_plugin.key import ASKED, SUITES


def _names_suites(config: pytest.Config, args: list[str]) -> bool:
    places = [*args, *config.getini("testpaths")]
    return any(SUITES in place for place in places if not place.startswith("-"))


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(
    early_config: pytest.Config, parser: pytest.Parser, args: list[str]
) -> Generator[None, Any, Any]:
    """Add our options where the suites are asked for, after every conftest's own: `--device` may be theirs already."""
    result = yield
    if _names_suites(early_config, args):
        from viewproof.pytest_plugin.options import add_options

        early_config.stash[ASKED] = True
        add_options(parser)
    return result


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Prepare to start the engine, in the process that will."""
    if config.stash.get(ASKED, False):
        from viewproof.pytest_plugin.options import configure

        configure(config)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """The suites of a contract, which stand in its `suites.py`."""
    if (
        file_path.parent.parent.name != SUITES
        or file_path.name != "suites.py"
        or not parent.config.stash.get(ASKED, False)
    ):
        return None
    from viewproof.pytest_plugin.collect import collect_module

    return collect_module(file_path, parent)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put our items into the order in which the engine runs them, so that none waits for another's verdicts."""
    if config.stash.get(ASKED, False):
        from viewproof.pytest_plugin.collect import in_order

        items[:] = in_order(items)
