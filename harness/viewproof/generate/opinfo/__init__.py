"""Cases out of torch's OpInfo samples, as data: one case a line of cases.txt, an operator's together, in their order.

They were gathered once, with `tox -e samples` (gather.py beside this). OpInfo belongs to torch's own tests: it needs a
package that an install of viewproof lacks, seconds to load, and has other samples in each version of torch.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib import resources

from viewproof.cases.model import Case
from viewproof.cases.parse import parse_case

FILE = "cases.txt"


@cache
def _lines() -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for line in resources.files(__name__).joinpath(FILE).read_text(encoding="utf-8").splitlines():
        found.setdefault(line.partition("(")[0], []).append(line)
    return {operator: tuple(lines) for operator, lines in found.items()}


def opinfo_cases(operator: str) -> Iterator[Case]:
    """The cases of `operator` that OpInfo's samples make, none where it has none. Raises CaseSyntaxError for a line
    that is no case.
    """
    return map(parse_case, _lines().get(operator, ()))
