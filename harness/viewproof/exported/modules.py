"""`module(aten.slice.Tensor(float32[3,4], 0, 1, 3))`: a call as an exported module; `module(cond)`: one by its name."""

from __future__ import annotations

import re
from dataclasses import dataclass

from viewproof.cases.model import Case
from viewproof.cases.scan import CaseSyntaxError

#: The modules that have a name, and what planning may know of each.
#:
#: `refused`: it looks at the layout of a view, so that the view may not become a copy. `composite`: it calls views
#: without a copy variant, or writes through one, until it is decomposed. `graphs`: graphs of a higher-order operator
#: hold views or effects. `effects`: it has effects that the pass chains. `left`: it has some that the pass leaves.
#: `raises`: there are inputs that an assertion of it forbids. `rounds`: it multiplies and sums floats, in an order that
#: a layout may change. `edited`: its graph holds calls that export does not leave there.
NAMED: dict[str, frozenset[str]] = {
    "chain": frozenset(),
    "lists_of_views": frozenset(),
    "unsafe_view": frozenset(),
    "no_view": frozenset(),
    "prims_view": frozenset(),
    "custom_operator": frozenset(),
    "submodules": frozenset(),
    "buffer": frozenset(),
    "constant": frozenset(),
    "named_outputs": frozenset(),
    "sizes": frozenset(),
    "symbolic_numbers": frozenset(),
    "unbacked": frozenset({"left"}),
    "written_view": frozenset({"composite"}),
    "strided_view": frozenset({"refused"}),
    "cond": frozenset({"graphs"}),
    "nested_cond": frozenset({"graphs"}),
    "map": frozenset({"graphs"}),
    "while_loop": frozenset({"graphs"}),
    "scan": frozenset({"graphs"}),
    "no_grad": frozenset({"graphs"}),
    "assertion": frozenset({"effects", "raises"}),
    "assertions": frozenset({"effects", "raises"}),
    "range": frozenset({"edited", "effects", "raises"}),
    "range_without_maximum": frozenset({"edited", "effects", "raises"}),
    "range_and_assertions": frozenset({"edited", "effects", "left", "raises"}),
    "taken_name": frozenset({"effects", "raises"}),
    "functional_already": frozenset({"effects", "raises"}),
    "assertion_without_message": frozenset({"left"}),
    "assertion_on_metadata": frozenset({"left"}),
    "assertion_in_cond": frozenset({"graphs", "left"}),
    "attention": frozenset({"composite", "rounds"}),
    "encoder": frozenset({"composite", "rounds"}),
    "convolution": frozenset({"composite", "rounds"}),
    "lstm": frozenset({"rounds"}),
}
#: Modules that a program outside of the suites has named for a while (`lent` in exported/named), and their words.
LENT: dict[str, frozenset[str]] = {}
#: What the operator of a module with a name begins with, where a call's has its namespace.
MODULE = "module."

_WORD = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class ModuleCase:
    """A module to be exported: the one call `call`, or the one called `name`; the other is None."""

    call: Case | None
    name: str | None = None

    @property
    def operator(self) -> str:
        """The overload that the module calls, or `module.NAME`."""
        return f"{MODULE}{self.name}" if self.call is None else self.call.operator


def read_module(text: str) -> ModuleCase:
    from viewproof.cases.parse import parse_case

    whole = f"module({text})"
    if _WORD.fullmatch(text) is not None:
        if text in NAMED or text in LENT:
            return ModuleCase(None, text)
    else:
        try:
            inner = parse_case(text)
        except CaseSyntaxError as error:
            raise CaseSyntaxError(whole, len("module(") + error.column, error.wanted, error.got) from error
        if type(inner) is Case:
            return ModuleCase(inner)
    raise CaseSyntaxError(whole, len("module(") + 1, f"a call, or one of {', '.join([*NAMED, *LENT])}", repr(text))


def write_module(case: ModuleCase) -> str:
    from viewproof.cases.text import format_case

    return str(case.name) if case.call is None else format_case(case.call)


def call_in_module(case: ModuleCase) -> Case | None:
    """The one call that a module makes; None for one with a name."""
    return case.call


def words_of_module(case: ModuleCase) -> frozenset[str]:
    return frozenset() if case.name is None else {**NAMED, **LENT}[case.name]
