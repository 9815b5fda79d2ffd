"""What two machines of one run must have the same: Python, torch and viewproof, to the bytes of its own sources."""

from __future__ import annotations

import hashlib
import importlib.util
import platform
import re
from collections.abc import Mapping
from pathlib import Path

from viewproof import __version__
from viewproof.discovery import own_packages

#: The packages of viewproof beside those of its contracts, and on which of their files a verdict may depend.
_PACKAGES = ("viewproof_reference", "viewproof")
_SUFFIXES = frozenset({".py", ".toml", ".txt", ".json"})
_SAID = re.compile(r"""^(__version__|git_version)\b[^=\n]*= *['"]([^'"]+)['"]""", re.MULTILINE)


def versions_here() -> dict[str, str]:
    """The versions of this process's Python, torch and viewproof, by these names. Does not load torch."""
    minor = ".".join(platform.python_version_tuple()[:2])
    return {
        "Python": f"{platform.python_implementation()} {minor}",
        "torch": _torch(),
        "viewproof": f"{__version__} (sources {_sources()})",
    }


def _folder(package: str) -> Path | None:
    found = importlib.util.find_spec(package)
    return None if found is None or found.origin is None else Path(found.origin).parent


def _torch() -> str:
    folder = _folder("torch")
    if folder is None:
        return "none"
    said = dict(_SAID.findall((folder / "version.py").read_text(encoding="utf-8")))
    return f"{said.get('__version__', 'unknown')} (commit {said.get('git_version', 'unknown')[:12]})"


def _sources() -> str:
    digest = hashlib.sha256()
    for package in (*_PACKAGES, *own_packages()):
        folder = _folder(package)
        if folder is None:
            return f"incomplete: no {package}"
        for path in sorted(folder.rglob("*")):
            if path.suffix in _SUFFIXES:
                digest.update(f"{package}/{path.relative_to(folder).as_posix()}\0".encode())
                digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:12]


def unlike(here: Mapping[str, str], there: Mapping[str, str]) -> str | None:
    """What is not the same there, as what was wanted and what was got; None where all is."""
    names = [name for name in here if there.get(name) != here[name]]
    if not names:
        return None
    wanted, got = (", ".join(f"{name} {of.get(name, 'none')}" for name in names) for of in (here, there))
    return f"wanted {wanted}, as here; got {got}"
