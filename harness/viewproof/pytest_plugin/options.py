"""Adds the plugin's options and markers, and reads them for one session."""

from __future__ import annotations

import pytest

from viewproof.contract.installed import own_suites
from viewproof.engine.modules import import_modules
from viewproof.errors import UsageError
from viewproof.generate.sweep import PROFILES
from viewproof.pytest_plugin.session_options import WANTED, SessionOptions
from viewproof.pytest_plugin.start import EngineSession
from viewproof.visible import one_line


def add_options(parser: pytest.Parser) -> None:
    """Add the options. A `--device` that a conftest of the user's has added before is used as it is."""
    group = parser.getgroup("viewproof", "viewproof: conformance to the view contract")
    try:
        group.addoption("--device", metavar="D", default="cpu", help="The device that eager runs on.  [default: cpu]")
    except ValueError:
        parser.extra_info["viewproof --device"] = "the option of a conftest or of another plugin"
    group.addoption("--viewproof-profile", choices=PROFILES, default="quick", help="How much to run.  [default: quick]")
    group.addoption(
        "--viewproof-import", action="append", default=[], metavar="MODULE", help="Import MODULE first, everywhere."
    )
    group.addoption("--viewproof-jobs", type=int, metavar="N", help="Worker processes.  [default: -n, or one a CPU]")
    group.addoption("--viewproof-out", metavar="DIR", help="Keep the run directory in DIR.")


def configure(config: pytest.Config) -> None:
    """Read the options, add the markers, import the user's modules and, but in an xdist worker, prepare the engine."""
    config.stash[WANTED] = wanted = _read(config)
    try:
        import_modules(wanted.imports)
        suites = own_suites()
    except UsageError as error:
        raise pytest.UsageError(one_line(error)) from error
    for suite in suites.values():
        config.addinivalue_line("markers", f"{suite.name}: items of viewproof's suite {suite.name}: {suite.summary}")
    for level in sorted({suite.level for suite in suites.values()}):
        config.addinivalue_line("markers", f"level{level}: items of viewproof's suites of level {level}")
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(EngineSession(config, wanted), "viewproof-engine")


def _read(config: pytest.Config) -> SessionOptions:
    device = config.getoption("device", None)
    jobs = config.getoption("viewproof_jobs")
    if jobs is not None and jobs < 1:
        raise pytest.UsageError(f"--viewproof-jobs: wanted at least 1, got {jobs}")
    out = config.getoption("viewproof_out")
    return SessionOptions(
        device=str(device or "cpu"),
        profile=config.getoption("viewproof_profile"),
        imports=tuple(config.getoption("viewproof_import")),
        jobs=jobs,
        out=None if out is None else config.invocation_params.dir / out,
    )
