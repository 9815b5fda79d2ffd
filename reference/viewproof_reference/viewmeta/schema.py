"""An operator's schema, read from its text: names, types, alias sets, defaults, keyword-only arguments.

The grammar is that of native_functions.yaml (torchgen's and the dispatcher's common language):

    select.int(Tensor(a) self, int dim, SymInt index) -> Tensor(a)

`parse_schema` and `str` are inverse: a text that would print differently is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass


class SchemaError(ValueError):
    """A text that is no schema, or not the canonical spelling of one."""


@dataclass(frozen=True, slots=True)
class Type:
    """A base word and what wraps it, innermost first: `SymInt[]?` is ("SymInt", ("[]", "?"))."""

    base: str
    wraps: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.base + "".join(self.wraps)

    @property
    def inner(self) -> Type:
        """The type without its outermost wrap. Raises ValueError where there is none."""
        if not self.wraps:
            raise ValueError(f"type {self}: wanted an optional or a list, got a plain type")
        return Type(self.base, self.wraps[:-1])

    @property
    def optional(self) -> bool:
        return bool(self.wraps) and self.wraps[-1] == "?"

    @property
    def listed(self) -> bool:
        """Whether the outermost wrap is a list, of a fixed size or not."""
        return bool(self.wraps) and self.wraps[-1] != "?"

    @property
    def size(self) -> int | None:
        """The fixed size of a list such as `bool[3]`; None for any other type."""
        digits = self.wraps[-1][1:-1] if self.listed else ""
        return int(digits) if digits else None


@dataclass(frozen=True, slots=True)
class Alias:
    """An alias annotation: the sets before and after the call, and whether the argument is written."""

    before: tuple[str, ...]
    written: bool = False
    after: tuple[str, ...] = ()

    def __str__(self) -> str:
        arrow = f" -> {'|'.join(self.after)}" if self.after else ""
        return f"({'|'.join(self.before)}{'!' if self.written else ''}{arrow})"

    @property
    def wild(self) -> bool:
        """Whether the argument enters the wildcard set, as the base of a list of views does."""
        return "*" in self.after


def _typed(type: Type, alias: Alias | None) -> str:
    # The annotation stands on the tensor, not on the list or the optional around it.
    return f"{type.base}{alias or ''}{''.join(type.wraps)}"


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument; `default` is the text after `=`, None where there is none."""

    name: str
    type: Type
    alias: Alias | None = None
    default: str | None = None
    keyword_only: bool = False

    def __str__(self) -> str:
        default = "" if self.default is None else f"={self.default}"
        return f"{_typed(self.type, self.alias)} {self.name}{default}"

    @property
    def written(self) -> bool:
        return self.alias is not None and self.alias.written


@dataclass(frozen=True, slots=True)
class Return:
    """One return; most have no name."""

    type: Type
    alias: Alias | None = None
    name: str | None = None

    def __str__(self) -> str:
        return _typed(self.type, self.alias) + ("" if self.name is None else f" {self.name}")


@dataclass(frozen=True, slots=True)
class Schema:
    """One overload. `overload` is "" for the default one; `namespace` is "" where the text has none."""

    name: str
    overload: str
    arguments: tuple[Argument, ...]
    returns: tuple[Return, ...]
    namespace: str = ""

    def __str__(self) -> str:
        return f"{self.qualified}({', '.join(self._argument_words())}) -> {self._returns_word()}"

    def _argument_words(self) -> Iterator[str]:
        starred = False
        for argument in self.arguments:
            if argument.keyword_only and not starred:
                starred = True
                yield "*"
            yield str(argument)

    def _returns_word(self) -> str:
        if len(self.returns) == 1:
            return str(self.returns[0])
        return f"({', '.join(map(str, self.returns))})"

    @property
    def qualified(self) -> str:
        """The name as it is written: `aten::select.int`, `select.int`, `t`."""
        return (f"{self.namespace}::" if self.namespace else "") + self.operator

    @property
    def operator(self) -> str:
        """The name with its overload and without the namespace: `select.int`, `t`."""
        return f"{self.name}.{self.overload}" if self.overload else self.name

    @property
    def inplace(self) -> bool:
        """Whether the name is that of an in-place variant: `squeeze_`, `__iand__`, but not `__and__`."""
        if self.name.startswith("__") and self.name.endswith("__"):
            return self.name in _INPLACE_DUNDERS
        return self.name.endswith("_")


_INPLACE_DUNDERS = frozenset(f"__i{word}__" for word in ("and", "or", "xor", "lshift", "rshift", "add", "sub", "mul"))

_NAME = re.compile(r"(?:(?P<namespace>\w+)::)?(?P<name>\w+)(?:\.(?P<overload>\w+))?")
_TYPED = re.compile(r"(?P<base>[A-Za-z_][\w.]*)(?P<alias>\([^()]*\))?(?P<wraps>(?:\?|\[\d*\])*)")
_WRAP = re.compile(r"\?|\[\d*\]")
_ALIAS = re.compile(r"\((?P<before>[a-z](?:\|[a-z])*)(?P<written>!?)(?: -> (?P<after>\*|[a-z](?:\|[a-z])*))?\)")
_IDENTIFIER = re.compile(r"[A-Za-z_]\w*")

_CLOSES = {"(": ")", "[": "]"}


def _split(text: str, whole: str) -> list[str]:
    """Cut at the commas that stand in no bracket and in no quotes. Raises SchemaError on an unclosed one."""
    parts, start, open_, quote, escaped = [], 0, [], "", False
    for place, sign in enumerate(text):
        if quote:
            quote = "" if sign == quote and not escaped else quote
            escaped = sign == "\\" and not escaped
        elif sign in "'\"":
            quote = sign
        elif sign in _CLOSES:
            open_.append(_CLOSES[sign])
        elif sign in ")]":
            if not open_ or open_.pop() != sign:
                raise SchemaError(f"schema {whole!r}: {sign!r} closes nothing in {text!r}")
        elif sign == "," and not open_:
            parts.append(text[start:place])
            start = place + 2 if text[place + 1 : place + 2] == " " else place + 1
    if open_ or quote:
        raise SchemaError(f"schema {whole!r}: {quote or open_[-1]!r} is missing in {text!r}")
    return [*parts, text[start:]] if text else []


def _read_type(text: str, whole: str) -> tuple[Type, Alias | None]:
    found = _TYPED.fullmatch(text)
    if found is None:
        raise SchemaError(f"schema {whole!r}: wanted a type, got {text!r}")
    alias = None
    if found["alias"] is not None:
        sets = _ALIAS.fullmatch(found["alias"])
        if sets is None or found["base"] != "Tensor":
            raise SchemaError(f"schema {whole!r}: wanted an alias set on a Tensor, such as (a! -> *), got {text!r}")
        after = tuple(sets["after"].split("|")) if sets["after"] else ()
        alias = Alias(tuple(sets["before"].split("|")), bool(sets["written"]), after)
    return Type(found["base"], tuple(_WRAP.findall(found["wraps"]))), alias


def _read_argument(text: str, keyword_only: bool, whole: str) -> Argument:
    head, equals, default = text.partition("=")
    typed, _, name = head.rpartition(" ")
    if not (typed and _IDENTIFIER.fullmatch(name)) or (equals and not default):
        raise SchemaError(f"schema {whole!r}: wanted an argument (TYPE NAME or TYPE NAME=DEFAULT), got {text!r}")
    kind, alias = _read_type(typed, whole)
    return Argument(name, kind, alias, default if equals else None, keyword_only)


def _read_return(text: str, whole: str) -> Return:
    # A space also stands inside `(a -> *)`; a name is what follows the type whole.
    found = _TYPED.match(text)
    rest = text[found.end() :] if found else text
    if found is None or (rest and not (rest[0] == " " and _IDENTIFIER.fullmatch(rest[1:]))):
        raise SchemaError(f"schema {whole!r}: wanted a return (TYPE or TYPE NAME), got {text!r}")
    kind, alias = _read_type(found[0], whole)
    return Return(kind, alias, rest[1:] or None)


def parse_schema(text: str) -> Schema:
    """The schema that `text` spells. Raises SchemaError for a text that is none, or is not its canonical spelling."""
    head, paren, tail = text.partition("(")
    body, arrow, returned = tail.rpartition(") -> ")
    name = _NAME.fullmatch(head)
    if not (paren and arrow and name):
        raise SchemaError(f"schema {text!r}: wanted NAME(ARGUMENTS) -> RETURNS")
    arguments, keyword_only = [], False
    for part in _split(body, text):
        if part == "*" and not keyword_only:
            keyword_only = True
        else:
            arguments.append(_read_argument(part, keyword_only, text))
    several = returned.startswith("(") and returned.endswith(")")
    returns = tuple(_read_return(part, text) for part in (_split(returned[1:-1], text) if several else [returned]))
    schema = Schema(name["name"], name["overload"] or "", tuple(arguments), returns, name["namespace"] or "")
    if str(schema) != text:
        raise SchemaError(f"schema {text!r}: wanted the canonical spelling {str(schema)!r}")
    return schema
