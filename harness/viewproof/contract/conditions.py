"""What a known issue's `when` means: features of a case, by name, that hold together.

A feature is a fact of the case or of what the reference says of it, never of a result. `!name` is its absence. Some
take words: `refused-with:CLASS` (the reference refuses, with that exception class), `refusal:TEXT` (with that reason,
numbers and lists written as #), `dtype:WORD` and `rank:NUMBER` (of the first operand). The others are registered in
files of the contracts, each of which says in its first line what its features are about.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from viewproof.contract.features import Feature, base_of
from viewproof.evidence.expectation import Expectation
from viewproof.evidence.subject import Subject

_BRACKETS = re.compile(r"[\[(][^\])]*[\])]")
_NUMBER = re.compile(r"-?\d+")

#: The features with a word, by what stands before the colon: given the word, they are features like others.
_WITH_WORD: dict[str, Callable[[str], Feature]] = {
    "refusal": lambda word: lambda _, expectation: reason_of(expectation) == word,
    "refused-with": lambda word: (
        lambda _, expectation: expectation.refusal is not None and expectation.refusal.kind == word
    ),
    "dtype": lambda word: lambda case, _: (base := base_of(case)) is not None and word == base.dtype,
    "rank": lambda word: lambda case, _: (base := base_of(case)) is not None and word == str(len(base.size)),
}


def reason_of(expectation: Expectation) -> str:
    """The refusal's reason with lists and numbers as #; empty where the case is accepted."""
    if expectation.refusal is None:
        return ""
    return _NUMBER.sub("#", _BRACKETS.sub("#", expectation.refusal.reason))


def find_feature(name: str, features: Mapping[str, Feature]) -> Feature:
    """The feature called `name`, one with a word among them. Raises ValueError for an unknown one."""
    if name in features:
        return features[name]
    head, _, word = name.partition(":")
    if head not in _WITH_WORD:
        raise ValueError(f"feature {name!r}: wanted one of {', '.join([*features, *_WITH_WORD])}")
    return _WITH_WORD[head](word)


class Condition:
    """The features of a `when`, of which some must hold and some must not. Raises ValueError for an unknown one."""

    def __init__(self, when: tuple[str, ...], features: Mapping[str, Feature]) -> None:
        names = [name.removeprefix("!") for name in when]
        self._tests = [
            (name, find_feature(name, features), not word.startswith("!"))
            for name, word in zip(names, when, strict=True)
        ]

    def holds_of(self, subject: Subject) -> bool:
        """Whether it holds of a subject. What holds of a call holds of a subject that is made of this one call.

        The subject caches each feature: several issues ask for the same one, on every target, and it may cost as much
        as running the case.
        """
        about = subject.call_in or subject
        known = about.features
        # A plain loop: this runs for every case that agrees where an issue may show.
        for name, test, wanted in self._tests:
            answer = known.get(name)
            if answer is None:
                answer = known[name] = test(about.case, about.expectation)
            if answer is not wanted:
                return False
        return True
