"""Subjects that are not a call: `word(...)` names one, and its kind reads and writes what is between the brackets.

A subject of any kind has an `operator` (what it is about, as queries and reports name it) and is plain, hashable data.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from viewproof.cases.scan import CaseSyntaxError

_HEAD = re.compile(r"([a-z][a-z_]*)\((.*)\)", re.ASCII | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of subject. `read` takes the text between the brackets and raises CaseSyntaxError; `write` gives it.

    `words` are what planning may know of a subject beside its operator, for `applies` and `takes`: few different sets.
    """

    word: str
    type: type
    read: Callable[[str], Any]
    write: Callable[[Any], str]
    words: Callable[[Any], frozenset[str]] = lambda _: frozenset()


_BY_WORD: dict[str, Kind] = {}
_BY_TYPE: dict[type, Kind] = {}


def register_kind(kind: Kind) -> Kind:
    """Make subjects of this kind readable and writable. Raises ValueError for a word that is taken."""
    if kind.word in _BY_WORD:
        raise ValueError(f"kind of subject {kind.word!r}: wanted one, got a second one")
    _BY_WORD[kind.word] = _BY_TYPE[kind.type] = kind
    return kind


def read_subject(text: str) -> Any | None:
    """The subject that `text` names, None where it begins as a call does. Raises CaseSyntaxError."""
    match = _HEAD.fullmatch(text.strip())
    if match is None:
        return None
    kind = _BY_WORD.get(match[1])
    if kind is None:
        words = " or ".join([*_BY_WORD, "an operator such as aten.slice.Tensor"])
        raise CaseSyntaxError(text, 1, words, repr(match[1]))
    return kind.read(match[2].strip())


def write_subject(subject: Any) -> str:
    """The canonical name of a subject that is not a call. Raises KeyError for a type that no kind has."""
    kind = _BY_TYPE[type(subject)]
    return f"{kind.word}({kind.write(subject)})"


def words_of(subject: Any) -> frozenset[str]:
    """What planning may know of a subject that is not a call. Raises KeyError for a type that no kind has."""
    return _BY_TYPE[type(subject)].words(subject)


def kind_of(subject: Any) -> str:
    """The word of a subject that is not a call. Raises KeyError for a type that no kind has."""
    return _BY_TYPE[type(subject)].word
