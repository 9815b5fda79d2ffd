"""The bytes written to the storages of a copy's operands in each run of a script: the fillings of the target."""

from __future__ import annotations

from viewproof.cases.model import Case, SparseArgument
from viewproof.scripts.bases import Bases
from viewproof.scripts.frame import Frame, indented
from viewproof.tensors.fillings import fillings, one_is_enough
from viewproof_reference.layout.copied import laid_out
from viewproof_reference.layout.dtypes import itemsize

Laid = dict[str, bytes]
"""The bytes on the storage of each component, by the component's name."""


def runs_of(frame: Frame, bases: Bases) -> list[Laid]:
    """The bytes on each component's storage before the call, one dictionary for each run."""
    name = "self" if "self" in bases.layouts else next(iter(bases.layouts))
    source = bases.layouts[name]
    read_as = next((one.reads.dtype for one in frame.outputs if one.reads is not None), source.dtype)
    bits = read_as == "bool"
    if one_is_enough(source.storage_bytes, source.dtype, read_as):
        return [_laid(frame.case, bases, 0, bits)]
    count = len(fillings(source.storage_bytes, "bool" if bits else source.dtype))
    return [_laid(frame.case, bases, which, bits) for which in range(count)]


def _laid(case: Case, bases: Bases, which: int, bits: bool) -> Laid:
    known = _known(case)
    found: dict[str, bytes] = {}
    for name, layout in bases.layouts.items():
        storage = bases.storages[name]
        if storage in found:
            continue
        if name not in bases.positioned:
            found[storage] = known.get(name, b"")
            continue
        first = name.startswith("self")
        rows = fillings(layout.storage_bytes, "bool" if bits and first else layout.dtype)
        row = rows[which % len(rows)]
        # Bytes of the same range that differ from the first operand's at the same place.
        largest = 1 if layout.dtype == "bool" else 65
        found[storage] = row if first else bytes([largest - byte for byte in row])
    return {name: found[storage] for name, storage in bases.storages.items()}


def _known(case: Case) -> Laid:
    """The content of the components whose values the case gives: the indices of sparse bases."""
    found: Laid = {}
    operand = case.args[0]
    if isinstance(operand, SparseArgument):
        for name, part in (("indices", operand.indices), ("plain_indices", operand.plain_indices)):
            if part is not None:
                width = itemsize(part.layout.dtype)
                cells = [value.to_bytes(width, "little", signed=True) for value in part.values or ()]
                found[f"self.{name}"] = laid_out(part.layout, cells)
    return found


def free_storages(bases: Bases) -> list[str]:
    """The variables of the storages that are filled, each once."""
    return list(dict.fromkeys(bases.storages[name] for name in bases.positioned))


def digits(bases: Bases, laid: Laid) -> list[str]:
    """The content of those storages, hexadecimal, in their order."""
    contents = {bases.storages[name]: laid[name].hex() for name in bases.positioned}
    return [contents[storage] for storage in free_storages(bases)]


def laid_once(frame: Frame, bases: Bases) -> list[str]:
    """Lines that build the bases and write the first run's bytes to their storages."""
    contents = zip(free_storages(bases), digits(bases, runs_of(frame, bases)[0]), strict=True)
    return [*bases.lines, *[f'lay({storage}, "{content}")' for storage, content in contents if content]]


def each_run(frame: Frame, bases: Bases, body: list[str]) -> list[str]:
    """Lines that run `body`, which appends to `expected` and `observed`, on the bases of each run."""
    storages = free_storages(bases)
    return [
        "runs = [  # the bytes that are laid",
        *[f"    {digits(bases, laid)}," for laid in runs_of(frame, bases)],
        "]",
        "expected, observed = [], []",
        "for contents in runs:",
        *indented(bases.lines),
        f"    for storage, content in zip([{', '.join(storages)}], contents):",
        "        lay(storage, content)",
        *indented(body),
    ]
