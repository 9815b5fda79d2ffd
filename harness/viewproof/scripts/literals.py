"""Case values and names as Python source that means the same with nothing but `import torch`.

What was read from a case or a message stands in a script as a literal alone, or in a comment: never as code.
"""

from __future__ import annotations

import keyword
import math
from collections.abc import Iterable
from typing import Any

from viewproof.errors import NoScript
from viewproof.visible import one_line, visible
from viewproof_reference.layout.dtypes import DTYPES

_LAYOUTS = ("strided", "sparse_coo", "sparse_csr", "sparse_csc", "sparse_bsr", "sparse_bsc", "jagged")
_FORMATS = ("contiguous_format", "preserve_format", "channels_last", "channels_last_3d")
_WORDS = frozenset((*DTYPES, *_LAYOUTS, *_FORMATS))


def literal(value: Any) -> str:
    """The source of one plain argument: a number, None, a word of torch's or a sequence of these.

    Raises NoScript for a value of any other type, whose `repr` is anything.
    """
    if isinstance(value, str):
        return f"torch.{value}" if value in _WORDS else repr(value)
    if isinstance(value, float) and not math.isfinite(value):
        return f"float({str(value)!r})"
    if isinstance(value, tuple):
        return f"[{', '.join(map(literal, value))}]"
    if value is None or isinstance(value, int | float | complex):
        return repr(value)
    raise NoScript(f"no script: wanted a number, a word, None or a list of these, got a {type(value).__name__}")


def operator_in_torch(name: str) -> str:
    """The expression that gives the overload `aten.slice.Tensor`. Raises NoScript where that is no such name.

    Some overloads are called what is a word of Python's own, such as `from`.
    """
    parts = name.split(".")
    if len(parts) != 3 or not all(part.isidentifier() for part in parts):
        raise NoScript(f"no script: wanted an overload such as aten.slice.Tensor, got {name!r}")
    found = "torch.ops"
    for part in parts:
        found = f"getattr({found}, {part!r})" if keyword.iskeyword(part) else f"{found}.{part}"
    return found


def docstring(lines: Iterable[str]) -> list[str]:
    """The lines as a string that stands at the head of a script, whatever is in them.

    A comment would do as well but on the first two lines, where one may name another encoding of the script.
    """
    safe = [visible(line).replace("\\", "\\\\").replace('"', '\\"') for line in lines]
    return [f'"""{safe[0]}', *safe[1:], '"""']


def comment(text: str) -> str:
    """The text as a comment of one line, for the end of a line of a script."""
    return f"# {one_line(text)}"
