"""How large a named case may be: what it lays and reads must fit into the memory and the time of a run.

Every element that a case reads is held several times over, as the bytes of each filling and as its position, so that a
name of a few characters could ask for more than any machine has.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from viewproof_reference.layout.model import Layout, element_count

#: The most elements that one tensor of a named case may have: reading and judging them takes about a minute.
MOST_ELEMENTS = 2**22
#: The memory that a case needs, in bytes: for each element of its tensors, and for each byte of their storages.
AN_ELEMENT, A_BYTE = 1024, 16


def layouts_in(value: Any) -> Iterator[Layout]:
    """Every layout in a case, an argument of one, or what the reference expects: those of components among them."""
    if type(value) is Layout:
        yield value
    elif isinstance(value, tuple | list):
        for one in value:
            yield from layouts_in(one)
    elif is_dataclass(value):
        for one in fields(value):
            yield from layouts_in(getattr(value, one.name))


def too_large(value: Any, memory: int | None = None) -> str:
    """Why what holds these layouts (a case, its outputs) cannot be run, in words; empty where it can.

    `memory` is what this machine has, in bytes, where it is not given.
    """
    memory = machine_memory() if memory is None else memory
    elements = held = 0
    for layout in layouts_in(value):
        number = element_count(layout.size)
        if number > MOST_ELEMENTS:
            return f"wanted tensors of at most {MOST_ELEMENTS} elements, which are all read; got one of {number}"
        elements += number
        held += layout.storage_bytes
    needed = elements * AN_ELEMENT + held * A_BYTE
    if memory is not None and needed > memory // 2:
        return f"wanted what half of this machine's {memory >> 20} MiB of memory can hold, got {needed >> 20} MiB"
    return ""


def machine_memory() -> int | None:
    """The memory of this machine in bytes, None where it does not say."""
    try:
        pages, size = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return None
    return pages * size if pages > 0 and size > 0 else None
