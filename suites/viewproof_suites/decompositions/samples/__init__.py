"""The samples: one call a line, without the `aten.` in front, in one file for each first letter of the packets.

They were gathered once, with `tox -e samples` (viewproof.samples.harvest), and are data from then on.
"""

from __future__ import annotations

from functools import cache
from importlib import resources

from viewproof.samples.cases import SampleCase, parse_sample

NAMESPACE = "aten."


@cache
def _by_operator() -> dict[str, tuple[str, ...]]:
    folder = resources.files(__name__)
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".txt")), key=lambda file: file.name)
    found: dict[str, list[str]] = {}
    for file in files:
        for line in file.read_text(encoding="utf-8").splitlines():
            found.setdefault(NAMESPACE + line.partition("(")[0], []).append(NAMESPACE + line)
    return {operator: tuple(lines) for operator, lines in found.items()}


def sampled_operators() -> tuple[str, ...]:
    """Every overload that has a sample, in name order; the installed torch may lack some."""
    return tuple(sorted(_by_operator()))


@cache
def samples_of(operator: str) -> tuple[SampleCase, ...]:
    """The samples of an overload, none where it has none. Raises CaseSyntaxError for a line that is no call."""
    return tuple([parse_sample(text) for text in _by_operator().get(operator, ())])
