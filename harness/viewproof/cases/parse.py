"""Parses a case's text: `parse_case` is the inverse of `format_case`. The grammar is in docs/contract.md."""

from __future__ import annotations

import re
from typing import Any

from viewproof.cases.kinds import read_subject
from viewproof.cases.model import Case
from viewproof.cases.scan import KEYWORD, check_depth
from viewproof.cases.tensors import TensorScanner
from viewproof.cases.text import BASES, LITERALS

_OPERATOR = re.compile(r"[A-Za-z_]\w*\.\w+\.\w+", re.ASCII)
_DECLARED = re.compile(r"\$(\d+)[ ]*=[ ]*", re.ASCII)
_WORD = re.compile(r"[A-Za-z_][\w.]*(?::\d+)?", re.ASCII)
_NUMBER = re.compile(r"-?(?:inf\b|\d+(\.\d*)?([eE][-+]?\d+)?)", re.ASCII)


def parse_case(text: str) -> Case:
    """The case that `text` names: a call, or a subject of another kind. Raises CaseSyntaxError for neither."""
    check_depth(text)
    other: Case | None = read_subject(text)
    return CaseParser(text).case() if other is None else other


class CaseParser(TensorScanner):
    """Reads a whole case: declarations, operator, arguments."""

    __slots__ = ()

    def case(self) -> Case:
        self.space()
        while self.text.startswith("$", self.at):
            self.declaration()
        match = _OPERATOR.match(self.text, self.at)
        if match is None:
            self.fail("an operator such as aten.slice.Tensor")
        self.at = match.end()
        self.want("(", "'(' after the operator")
        args: list[Any] = []
        kwargs: dict[str, Any] = {}
        self.space()
        if not self.take(")"):
            while True:
                self.space()
                start = self.at
                keyword = KEYWORD.match(self.text, start)
                if keyword is not None:
                    if keyword[1] in kwargs:
                        self.fail("each keyword once", repr(keyword[1]))
                    self.at = keyword.end()
                    kwargs[keyword[1]] = self.argument()
                elif kwargs:
                    self.fail("a keyword argument behind a keyword argument")
                else:
                    args.append(self.argument())
                self.space()
                if not self.take(","):
                    break
            self.want(")", "',' or ')' after an argument")
        self.space()
        if self.at != len(self.text):
            self.fail("the end of the text")
        for index in range(len(self.storages)):
            if index not in self.used:
                self.fail(f"${index} in an argument", "a declared storage that none uses", 0)
        return Case(match[0], tuple(args), tuple(kwargs.items()), tuple(self.storages))

    def declaration(self) -> None:
        match = _DECLARED.match(self.text, self.at)
        wanted = f"the declaration ${len(self.storages)}=dtype@elements"
        if match is None:
            self.fail(wanted)
        if self.integer(match[1]) != len(self.storages):
            self.fail(wanted, f"${match[1]}")
        self.at = match.end()
        dtype = self.dtype()
        self.want("@", "'@' and the number of elements")
        self.storages.append((dtype, self.natural("a number of elements")))
        self.space()
        self.want(";", "';' after a declared storage")
        self.space()

    def argument(self) -> Any:
        text = self.text
        at = self.at
        first = text[at : at + 1]
        if first == "[":
            return self.items()
        if first == "$":
            return self.tensor()
        number = _NUMBER.match(text, at)
        if number is not None and number[0] != "inf":
            whole = number[1] is None and number[2] is None and not number[0].endswith("inf")
            found = self.integer(number[0]) if whole else float(number[0])
            self.at = number.end()
            return found
        word = _WORD.match(text, at)
        if word is None:
            self.fail("an argument: a tensor, a number, a word or '['")
        following = text[word.end() : word.end() + 1]
        if following == "[":
            return self.tensor()
        if following == "(":
            if word[0] not in BASES:
                self.fail(f"one of {', '.join(sorted(BASES))} before '('", repr(word[0]))
            return self.base(word[0])
        self.at = word.end()
        return LITERALS[word[0]] if word[0] in LITERALS else word[0]

    def items(self) -> tuple[Any, ...]:
        self.at += 1
        values: list[Any] = []
        self.space()
        if self.take("]"):
            return ()
        while True:
            self.space()
            values.append(self.argument())
            self.space()
            if not self.take(","):
                break
        self.want("]", "',' or ']' in a list")
        return tuple(values)
