"""Chooses the passes that are tried: torch's own, or those that a backend file names in their place."""

from __future__ import annotations

import importlib
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from viewproof.errors import UsageError, first_line
from viewproof.place.folder import search_here
from viewproof.regular import read_regular
from viewproof_reference.replacements.side_effects import SideEffectsToTokens
from viewproof_reference.replacements.view_to_copy import ViewToCopy

VIEW_TO_COPY, SIDE_EFFECTS = "view_to_copy", "side_effects"
#: Torch's own passes, as `module:Class`.
TORCH = {
    VIEW_TO_COPY: "torch._export.passes.replace_view_ops_with_view_copy_ops_pass:ReplaceViewOpsWithViewCopyOpsPass",
    SIDE_EFFECTS: "torch._export.passes.functionalize_side_effectful_ops_pass:_FunctionalizeSideEffectfulOpsPass",
}
REFERENCE: dict[str, Callable[[], Any]] = {VIEW_TO_COPY: ViewToCopy, SIDE_EFFECTS: SideEffectsToTokens}
#: The targets that try a pass: with another pass in place, known issues of torch's passes do not apply to them.
TARGETS_OF = {
    VIEW_TO_COPY: frozenset({"view-to-copy", "run-decompositions", "run-decompositions-views", "side-effects"}),
    SIDE_EFFECTS: frozenset({"side-effects", "view-to-copy"}),
}

_installed: dict[str, str] = {}


class BackendError(UsageError):
    """Raised where a backend file cannot be used: one clear line, and exit status 2."""


def read_passes(path: Path | None) -> dict[str, str]:
    """The passes that the table `passes` of a backend file names: `view_to_copy`, `side_effects`, as `module:Class`.

    Without a file, none. Raises BackendError where the file is no TOML, names no pass or another one, or names
    something that cannot be called.
    """
    if path is None:
        return {}
    try:
        content = tomllib.loads(read_regular(path).decode("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise BackendError(f"backend file {path}: wanted TOML, got {first_line(error)}") from error
    passes = content.get("passes")
    if not isinstance(passes, dict):
        got = f"got {passes!r}" if passes is not None else f"got {', '.join(sorted(content)) or 'an empty file'}"
        raise BackendError(f"backend file {path}: passes: wanted a table, {got}")
    if not passes:
        raise BackendError(f"backend file {path}: passes: wanted one of {', '.join(TORCH)}, got an empty table")
    for name, entry in passes.items():
        if name not in TORCH:
            raise BackendError(f"backend file {path}: passes.{name}: wanted one of {', '.join(TORCH)}")
        if not isinstance(entry, str):
            raise BackendError(f"backend file {path}: passes.{name}: wanted 'module:Class', got {entry!r}")
        try:
            _resolve(entry)
        except BackendError as error:
            raise BackendError(f"backend file {path}: passes.{name}: {error}") from error
    return dict(passes)


def _resolve(entry: str) -> Callable[[], Any]:
    module, colon, name = entry.partition(":")
    if not (colon and module and name.isidentifier()):
        raise BackendError(f"wanted 'module:Class', got {entry!r}")
    if entry not in TORCH.values():
        search_here()
    try:
        found = getattr(importlib.import_module(module), name)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # one that says `sys.exit(0)` has been imported no more than one that raises
        raise BackendError(f"{entry} cannot be imported ({type(error).__name__}: {first_line(error)})") from error
    if not callable(found):
        raise BackendError(f"wanted a class or a function that makes a pass, got {entry}, a {type(found).__name__}")
    return found  # type: ignore[no-any-return]


def install(passes: Mapping[str, str]) -> None:
    """Make targets in this process try these passes, torch's own where none is named."""
    _installed.clear()
    _installed.update(passes)


def entry_of(which: str) -> str:
    """The pass that is tried, as `module:Class`."""
    return _installed.get(which, TORCH[which])


def maker_of(which: str) -> Callable[[], Any]:
    """What makes a pass object. Raises BackendError where the class cannot be imported, as in a torch without it."""
    return _resolve(entry_of(which))


def replaced_targets() -> frozenset[str]:
    """The targets that try a pass of the backend's."""
    return frozenset().union(*(TARGETS_OF[which] for which in _installed))
