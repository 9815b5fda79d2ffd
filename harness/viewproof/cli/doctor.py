"""`viewproof doctor`: whether this environment can run the suite, a row a check."""

from __future__ import annotations

import multiprocessing
import os
import platform
import sys
import tempfile
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

import click
from packaging.requirements import Requirement

from viewproof.cli.output import say
from viewproof.place.folder import not_searched


class Check(NamedTuple):
    """One row: `state` is ok, warn or fail."""

    what: str
    state: str
    detail: str


@click.command(name="doctor")
def doctor() -> None:
    """Check the environment; exit 1 where something would keep a run from working."""
    checks = [check for group in GROUPS for check in group()]
    width = max(len(check.what) for check in checks)
    for check in checks:
        say(f"{check.state:<4}  {check.what:<{width}}  {check.detail}")
    click.get_current_context().exit(1 if any(check.state == "fail" for check in checks) else 0)


def _python() -> list[Check]:
    good = sys.version_info >= (3, 11)
    detail = platform.python_version() + ("" if good else ", wanted 3.11 or later")
    return [Check("python", "ok" if good else "fail", detail)]


def torch_check(version: str) -> Check:
    """The check of a torch version against the supported range and the pinned version."""
    # Late: it loads torch.
    from viewproof.contract.known_issues import PINNED_TORCH

    numbers = tuple(int(part) for part in version.split("+", maxsplit=1)[0].split(".")[:2] if part.isdecimal())
    if numbers < (2, 11):
        return Check("torch", "fail", f"{version}, wanted 2.11 to 2.15")
    if numbers > (2, 15):
        return Check("torch", "warn", f"{version}, newer than 2.15, the last one tried")
    pinned = version.split("+", maxsplit=1)[0] == PINNED_TORCH
    note = "" if pinned else f", supported; the known issues are known for {PINNED_TORCH}"
    return Check("torch", "ok" if pinned else "warn", version + note)


def _torch() -> list[Check]:
    import torch

    seen = torch.cuda.is_available()
    cuda = (
        f"{torch.cuda.device_count()} device(s), {torch.cuda.get_device_name(0)}" if seen else "not seen: CUDA: not run"
    )
    debug = "debug build" if torch.version.debug else "release build"
    return [torch_check(torch.__version__), Check("torch build", "ok", debug), Check("cuda", "ok", cuda)]


def _schemas() -> list[Check]:
    from viewproof.catalog import catalog, unclassified
    from viewproof_reference.replacements.crossref import census

    # Before the catalog loads any: torch's crossref checks only the overloads that Python has loaded.
    seen = census()
    loaded = f"{len(seen.loaded)} loaded by Python, {len(seen.left_out)} registered beside them"
    left = unclassified()
    names = f": {', '.join(left[:5])}" if left else ""
    detail = f"{len(catalog())} catalogued, {len(left)} unclassified{names}"
    return [Check("overloads", "ok", loaded), Check("schemas", "fail" if left else "ok", detail)]


def library_check(requirement: Requirement) -> Check:
    """Whether what viewproof requires is installed, and in a version that it can use."""
    name = requirement.name
    try:
        version = metadata.version(name)
    except metadata.PackageNotFoundError:
        return Check(name, "fail", f"not installed, wanted {requirement}")
    good = requirement.specifier.contains(version, prereleases=True)
    return Check(name, "ok" if good else "fail", version if good else f"{version}, wanted {requirement}")


def _libraries() -> list[Check]:
    """What an install without extras requires; torch has a row of its own."""
    wanted = [Requirement(text) for text in metadata.requires("viewproof") or ()]
    return [library_check(one) for one in wanted if one.name != "torch" and one.marker is None]


def _folder() -> list[Check]:
    here = Path.cwd()
    try:
        with tempfile.TemporaryFile(dir=here):
            pass
    except OSError as error:
        return [Check("folder", "fail", f"{here}: cannot be written ({error.strerror}); give --out")]
    return [Check("folder", "ok", f"{here} can be written")]


def _worker() -> list[Check]:
    process = multiprocessing.get_context("spawn").Process(target=os.getpid)
    try:
        with not_searched():
            process.start()
        process.join(60)
    except OSError as error:
        return [Check("workers", "fail", f"cannot start a process: {error}")]
    if process.exitcode != 0:
        process.kill()
        return [Check("workers", "fail", f"a worker process ended with {process.exitcode}, wanted 0")]
    return [Check("workers", "ok", f"can be started; {os.cpu_count()} cores")]


GROUPS: tuple[Callable[[], list[Check]], ...] = (_python, _torch, _schemas, _libraries, _folder, _worker)
