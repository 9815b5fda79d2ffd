"""Finds the installed contracts, viewproof's own and others', by the entry point group `viewproof.contracts`.

This is the only module by which the harness reaches contracts. It imports almost nothing of the harness: the objects
that it finds get their types in contract/installed.py. An entry point names one object, `package.module:NAME`.
"""

from __future__ import annotations

from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any, NamedTuple

from viewproof.errors import UsageError

GROUP = "viewproof.contracts"
#: The distribution whose contracts are viewproof's own.
OWN = "viewproof"


class Found(NamedTuple):
    """An installed contract: who ships it, in which version, in which module, and the object itself."""

    name: str
    distribution: str
    version: str
    module: str
    contract: Any


@cache
def found_contracts(*, own: bool) -> tuple[Found, ...]:
    """Viewproof's own contracts, or everybody else's, in the order of their chapters and then of their names.

    Raises UsageError where one cannot be imported, or is called what another is called, or where there is none of ours.
    """
    entries = [entry for entry in entry_points(group=GROUP) if (_distribution(entry) == OWN) is own]
    if own and not entries:
        raise UsageError(f"{OWN}: wanted it installed, as `pip install .` does; got no metadata of it")
    found: dict[str, Found] = {}
    taken = {} if own else {one.name: one for one in found_contracts(own=True)}
    for entry in entries:
        one = _load(entry)
        other = taken.get(one.name) or found.get(one.name)
        # A package that is installed twice, as an editable one over a wheel, counts once.
        if other is not None and (other.distribution, other.module) != (one.distribution, one.module):
            raise UsageError(
                f"contract {one.name!r}: wanted one of that name, got those of {other.distribution} "
                f"and of {one.distribution}"
            )
        found.setdefault(one.name, one)
    return tuple(sorted(found.values(), key=lambda one: (one.contract.chapter, one.name)))


def others_installed() -> bool:
    """Whether any other package brings a contract. Reads metadata, and imports none of them."""
    return any(_distribution(entry) != OWN for entry in entry_points(group=GROUP))


def own_packages() -> tuple[str, ...]:
    """The packages that hold viewproof's own contracts, by name. Reads metadata, and imports none of them."""
    own = {entry.module.partition(".")[0] for entry in entry_points(group=GROUP) if _distribution(entry) == OWN}
    return tuple(sorted(own))


def _distribution(entry: EntryPoint) -> str:
    return "" if entry.dist is None else entry.dist.name


def _load(entry: EntryPoint) -> Found:
    where = f"contract {entry.name!r} of {_distribution(entry) or 'an unknown distribution'} ({entry.value})"
    try:
        contract = entry.load()
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # one that says `sys.exit(0)` has been imported no more than one that raises
        said = f"{type(error).__name__}: {error}".splitlines()[0]
        raise UsageError(f"{where}: wanted an object that can be imported, got {said}") from error
    if getattr(contract, "name", None) != entry.name:
        raise UsageError(f"{where}: wanted a Contract of that name, got {contract!r}"[:300])
    return Found(
        entry.name, _distribution(entry), "" if entry.dist is None else entry.dist.version, entry.module, contract
    )
