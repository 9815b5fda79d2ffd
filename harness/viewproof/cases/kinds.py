"""Subjects that are not a call: `word(...)` names one, and its kind reads and writes what is between the brackets.

A subject of any kind has an `operator` (what it is about, as queries and reports name it) and is plain, hashable data.
A kind belongs to the contract that declares it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from viewproof.cases.answers import Answers
from viewproof.cases.scan import CaseSyntaxError
from viewproof.discovery import found_contracts
from viewproof.errors import UsageError

_HEAD = re.compile(r"([a-z][a-z_]*)\((.*)\)", re.ASCII | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of subject. `read` takes the text between the brackets and raises CaseSyntaxError; `write` gives it.

    `answers` is the function of the reference that says what a target is to answer on a subject. `words` are what
    planning may know of a subject beside its operator, for `applies` and `takes`: few different sets. `call_in` gives
    the call that a subject is made of, where it is made of one.
    """

    word: str
    type: type
    read: Callable[[str], Any]
    write: Callable[[Any], str]
    answers: Callable[[Any], Answers | None]
    words: Callable[[Any], frozenset[str]] = lambda _: frozenset()
    call_in: Callable[[Any], Any] = lambda _: None


@cache
def _kinds(*, own: bool) -> Mapping[str, Kind]:
    """The kinds by word. Raises UsageError where two contracts declare one word."""
    found: dict[str, Kind] = {} if own else dict(_kinds(own=True))
    for one in found_contracts(own=own):
        for kind in one.contract.kinds:
            if kind.word in found:
                raise UsageError(f"kind of subject {kind.word!r} of contract {one.name}: wanted a word that is free")
            found[kind.word] = kind
    return found


_BY_TYPE: dict[type, Kind] = {}


def kind_of_type(type_: type) -> Kind:
    """The kind whose subjects are of this type. Raises KeyError for a type that no kind has."""
    known = _BY_TYPE.get(type_)
    if known is None:
        for own in (True, False):
            known = next((kind for kind in _kinds(own=own).values() if kind.type is type_), known)
        if known is None:
            raise KeyError(f"{type_.__name__}: wanted a subject of a kind that is declared")
        _BY_TYPE[type_] = known
    return known


def read_subject(text: str) -> Any | None:
    """The subject that `text` names, None where it begins as a call does. Raises CaseSyntaxError."""
    match = _HEAD.fullmatch(text.strip())
    if match is None:
        return None
    kind = _kinds(own=True).get(match[1]) or _kinds(own=False).get(match[1])
    if kind is None:
        words = " or ".join([*_kinds(own=False), "an operator such as aten.slice.Tensor"])
        raise CaseSyntaxError(text, 1, words, repr(match[1]))
    return kind.read(match[2].strip())


def write_subject(subject: Any) -> str:
    """The canonical name of a subject that is not a call. Raises KeyError for a type that no kind has."""
    kind = kind_of_type(type(subject))
    return f"{kind.word}({kind.write(subject)})"


def kind_of(subject: Any) -> str:
    """The word of a subject that is not a call. Raises KeyError for a type that no kind has."""
    return kind_of_type(type(subject)).word


def words_of(subject: Any) -> frozenset[str]:
    """What planning may know of a subject that is not a call. Raises KeyError for a type that no kind has."""
    kind = kind_of_type(type(subject))
    return kind.words(subject)
