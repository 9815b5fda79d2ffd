"""The query grammar: `SUITE/TARGET/RULE/CASE`, or its beginning, and what it matches."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from viewproof.cases import CaseSyntaxError, format_case, parse_case
from viewproof.contract.installed import suites_for
from viewproof.contract.suite import Suite
from viewproof.errors import UsageError
from viewproof.records.outdir import Selection

#: A query that begins so names a case: a namespace and a dot, a declared storage, or the word of a kind of subject.
_CASE_FIRST = re.compile(r"[A-Za-z_]\w*[.(]|\$")


@dataclass(frozen=True, slots=True)
class Query:
    """One parsed query. `case` is an operator pattern; `call` is the canonical name of an exact case, if any."""

    text: str
    suite: str = "*"
    target: str = "*"
    rule: str = "*"
    case: str = "*"
    call: str | None = None
    operator: str | None = None

    def takes_suite(self, name: str) -> bool:
        return matches_whole(self.suite, name)

    def takes_target(self, name: str) -> bool:
        return matches_whole(self.target, name)

    def takes_rule(self, name: str) -> bool:
        return matches_beginning(self.rule, name)

    def takes_operator(self, name: str) -> bool:
        """Whether the query selects cases of the overload `name` (an exact case selects its own overload)."""
        return name == self.operator if self.operator is not None else matches_beginning(self.case, name)


def matches_whole(pattern: str, name: str) -> bool:
    """Whether `pattern` matches the whole of `name`; only `*` and `?` are wild, and `[` is a bracket."""
    return _expression(pattern).fullmatch(name) is not None


def matches_beginning(pattern: str, name: str) -> bool:
    """Whether `pattern` matches `name` whole, or cut at one of its dots."""
    wanted = _expression(pattern)
    cuts = [place for place, letter in enumerate(name) if letter == "."]
    return any(wanted.fullmatch(name[:cut]) for cut in (len(name), *cuts))


@lru_cache(maxsize=4096)
def _expression(pattern: str) -> re.Pattern[str]:
    """The pattern as an expression that takes time in proportion to the name, however many `*` it has.

    Of what stands between two `*` the leftmost place is the right one, if any is: the groups are atomic, and what was
    found is never sought again.
    """
    first, *others = [
        "".join("." if letter == "?" else re.escape(letter) for letter in part) for part in re.split(r"\*+", pattern)
    ]
    if not others:
        return re.compile(first, re.DOTALL)
    *middle, last = others
    return re.compile(first + "".join(f"(?>.*?{part})" for part in middle) + ".*" + last, re.DOTALL)


def is_wild(pattern: str) -> bool:
    return "*" in pattern or "?" in pattern


def parse_query(text: str) -> Query:
    """Read one query. Raises UsageError on an empty part or a malformed case."""
    if not text.strip():
        raise UsageError("query '': wanted SUITE/TARGET/RULE/CASE or its beginning, got nothing")
    if _CASE_FIRST.match(text):
        return _with_case(text, ["*", "*", "*"], text)
    parts = text.split("/", 3)
    if len(parts) > 1 and parts[-1] == "":
        parts.pop()
    if "" in parts:
        raise UsageError(f"query {text!r}: wanted a name or * between the slashes, got nothing")
    if len(parts) == 4:
        return _with_case(text, parts[:3], parts[3])
    return Query(text, *parts)


def _with_case(text: str, parts: list[str], case: str) -> Query:
    suite, target, rule = parts
    if "(" not in case and not case.startswith("$"):
        return Query(text, suite, target, rule, case)
    try:
        parsed = parse_case(case)
    except CaseSyntaxError as error:
        raise UsageError(str(error)) from error
    return Query(text, suite, target, rule, parsed.operator, call=format_case(parsed), operator=parsed.operator)


def suites_asked(selection: Selection) -> dict[str, Suite]:
    """The suites that a selection may take: viewproof's own, and those of others' contracts that it names.

    Raises UsageError for a contract that is not installed, and for a query that cannot be read.
    """
    patterns = [parse_query(text).suite for text in selection.queries]
    return suites_for([pattern for pattern in patterns if not is_wild(pattern)], selection.contracts)


def check_query(query: Query, suites: Mapping[str, Suite]) -> None:
    """Raise UsageError where a part that is not wild names nothing that any suite has, or a call cannot be made."""
    _check_part("suite", query.suite, suites, matches_whole)
    targets = _union(suite.targets for suite in suites.values())
    _check_part("target", query.target, targets, matches_whole)
    _check_part("rule", query.rule, _union(suite.rules for suite in suites.values()), matches_beginning)
    if not is_wild(query.case):
        operators = _union(suite.operators() for suite in suites.values())
        if query.operator is None or query.operator not in operators:
            _check_part("operator", query.case, operators, matches_beginning)
        if query.operator is not None and query.operator not in operators:
            raise UsageError(f"case {query.call!r}: wanted a whole overload name, got {query.operator!r}")
        if query.call is not None:
            # Late: a schema is torch's.
            from viewproof.engine.named_case import check_named

            check_named(parse_case(query.call))


def _union(groups: Iterable[Iterable[str]]) -> dict[str, None]:
    return {name: None for group in groups for name in group}


def _check_part(what: str, got: str, known: Iterable[str], match: Callable[[str, str], bool]) -> None:
    names = list(known)
    if is_wild(got) or any(match(got, name) for name in names):
        return
    wanted = ", ".join(names) if len(names) <= 40 else f"one of {len(names)} names (`viewproof list ops` lists them)"
    packets = [name.rpartition(".")[0] for name in names] if what == "operator" else []
    near = difflib.get_close_matches(got, [*names, *packets], n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    raise UsageError(f"unknown {what}: wanted {wanted}; got {got!r}{hint}")
