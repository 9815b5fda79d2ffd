"""Makes exported programs of subjects: of named modules one by one, of calls in packs, tens of them to one export.

A pack is one module with all the calls of a chunk. What is exported is carved apart again, a graph a call, so that
each call is judged by itself; a pack that cannot be exported whole is exported call by call.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any

import torch
from torch.export import ExportedProgram
from torch.fx import GraphModule
from torch.utils import _pytree as pytree

from viewproof.cases.model import Case
from viewproof.catalog.overloads import resolve
from viewproof.exported.carve import carved
from viewproof.exported.modules import MODULE, ModuleCase
from viewproof.exported.named import builder_of


@dataclass(slots=True)
class ExportedGraph:
    """One subject's exported graph and its flat inputs; or `error`, what export raised.

    `forbidden` are flat inputs that an assertion forbids. `whole` is the export that the graph comes from, `given` are
    the arguments that the module was exported with, `module` the module itself.
    """

    case: ModuleCase
    graph: GraphModule | None = None
    inputs: list[Any] = field(default_factory=list)
    forbidden: list[list[Any]] = field(default_factory=list)
    error: Exception | None = None
    whole: Export | None = None

    def fresh(self) -> GraphModule:
        """The graph, a copy that a pass may spoil."""
        assert self.graph is not None
        return carved(self.graph, None, None)


@dataclass(slots=True)
class Export:
    """An export: the module, what it was exported with, and the exported program.

    Of a pack, `taken` says which arguments each call takes (start and end), `returned` where its outputs end. `edited`
    graphs hold calls that export did not leave there.
    """

    module: torch.nn.Module
    given: tuple[Any, ...]
    exported: ExportedProgram
    taken: list[tuple[int, int]] = field(default_factory=list)
    returned: list[int] = field(default_factory=list)
    edited: bool = False


class Pack(torch.nn.Module):
    """A module that makes the calls of some cases in sequence; takes their tensors and returns their results, flat."""

    def __init__(self, cases: Sequence[Case], device: str) -> None:
        # Targets are made of programs, and programs of their builder.
        from viewproof.tensors.build import Builder

        super().__init__()
        self.given: list[Any] = []
        self.taken: list[tuple[int, int]] = []
        # Export puts a module's own lists back as they were: what forward notes goes to an object.
        self.note = _Note()
        self._calls: list[tuple[Any, list[Any], dict[str, Any]]] = []
        builder = Builder(device, fresh=True)
        for case in cases:
            built = builder.build(case)
            for base in built.bases.values():
                if base.filled:
                    base.fill(0)
            start = len(self.given)
            args = [self._slot(one) for one in built.args]
            kwargs = {name: self._slot(one) for name, one in built.kwargs.items()}
            self._calls.append((resolve(case.operator), args, kwargs))
            self.taken.append((start, len(self.given)))

    def _slot(self, value: Any) -> Any:
        if not isinstance(value, torch.Tensor):
            return value
        self.given.append(value)
        return _Slot(len(self.given) - 1)

    def forward(self, *given: torch.Tensor) -> list[torch.Tensor]:
        """The calls, in order."""
        found: list[torch.Tensor] = []
        self.note.ends.clear()
        for operator, args, kwargs in self._calls:
            arguments = [given[one.place] if type(one) is _Slot else one for one in args]
            keywords = {name: given[one.place] if type(one) is _Slot else one for name, one in kwargs.items()}
            leaves = pytree.tree_leaves(operator(*arguments, **keywords))
            found += [one for one in leaves if isinstance(one, torch.Tensor)]
            self.note.ends.append(len(found))
        return found


@dataclass(frozen=True, slots=True)
class _Slot:
    place: int


@dataclass(slots=True)
class _Note:
    ends: list[int] = field(default_factory=list)


def programs_of(cases: Sequence[ModuleCase], device: str) -> list[ExportedGraph]:
    """The exported programs of the cases, in their order."""
    calls = [case for case in cases if case.call is not None]
    found = dict(zip(calls, _packed(calls, device), strict=True))
    return [found[case] if case.call is not None else _named(case) for case in cases]


def _named(case: ModuleCase) -> ExportedGraph:
    build = builder_of(str(case.name))
    try:
        # A module is made of torch's own, by its kernels.
        made = build()
        module, given = made["module"], made["args"]
        exported = torch.export.export(module, given, dynamic_shapes=made.get("dynamic"), strict=False)
        if made.get("decomposed"):
            exported = exported.run_decompositions()
    except Exception as error:  # noqa: BLE001  what torch raises is evidence
        return ExportedGraph(case, error=error)
    graph = exported.graph_module
    edit = made.get("edit")
    if edit is not None:
        edit(graph)
    return ExportedGraph(
        case,
        graph,
        flat_inputs(exported, given),
        [flat_inputs(exported, forbidden) for forbidden in made.get("forbidden", [])],
        whole=Export(module, given, exported, edited=edit is not None),
    )


def exported_inputs(exported: ExportedProgram, given: tuple[Any, ...]) -> dict[str, Any]:
    """The inputs of an exported graph by the names of its placeholders, in their order."""
    names = [node.name for node in exported.graph_module.graph.nodes if node.op == "placeholder"]
    return dict(zip(names, flat_inputs(exported, given), strict=True))


def flat_inputs(exported: ExportedProgram, given: tuple[Any, ...]) -> list[Any]:
    """The inputs of an exported graph: parameters, buffers, constants and the arguments `given`, one a placeholder."""
    leaves = iter(pytree.tree_leaves(given))
    found: list[Any] = []
    for spec in exported.graph_signature.input_specs:
        kind, target = spec.kind.name, spec.target
        if kind == "USER_INPUT":
            found.append(next(leaves))
        elif kind in ("PARAMETER", "BUFFER") and target in exported.state_dict:
            found.append(exported.state_dict[target].detach())
        else:
            found.append(exported.constants[str(target)])
    return found


def _packed(cases: list[ModuleCase], device: str) -> list[ExportedGraph]:
    if not cases:
        return []
    pack, exported = _export(cases, device)
    if not isinstance(exported, Exception):
        return _apart(cases, pack, exported)
    if len(cases) == 1:
        return [ExportedGraph(cases[0], error=exported)]
    return [program for case in cases for program in _packed([case], device)]


def _export(cases: list[ModuleCase], device: str) -> tuple[Pack, ExportedProgram | Exception]:
    with level_of(cases[0].operator):
        pack = Pack([case.call for case in cases if case.call is not None], device)
        try:
            return pack, torch.export.export(pack, tuple(pack.given), strict=False)
        except Exception as error:  # noqa: BLE001  what export raises is evidence
            return pack, error


def _apart(cases: list[ModuleCase], pack: Pack, exported: ExportedProgram) -> list[ExportedGraph]:
    whole = Export(pack, tuple(pack.given), exported, pack.taken, pack.note.ends)
    return [
        ExportedGraph(case, graph, inputs, whole=whole)
        for case, (graph, inputs) in zip(cases, pieces(whole, exported), strict=True)
    ]


def pieces(whole: Export, exported: ExportedProgram) -> list[tuple[GraphModule, list[Any]]]:
    """The graph and the inputs of each call of a pack, carved out of `exported`: the export, or its decomposition."""
    inputs = exported_inputs(exported, whole.given)
    names = list(inputs)
    lifted = len(names) - len(whole.given)
    found, start = [], 0
    for (first, last), end in zip(whole.taken, whole.returned, strict=True):
        graph = carved(exported.graph_module, (lifted + first, lifted + last), (start, end))
        start = end
        taken = [node.name for node in graph.graph.nodes if node.op == "placeholder"]
        found.append((graph, [_plain(inputs[name]) for name in taken]))
    return found


def _plain(value: Any) -> Any:
    return value.detach() if isinstance(value, torch.Tensor) else value


def level_of(operator: str) -> AbstractContextManager[Any]:
    """The forward-mode level that a view with a `level` argument needs, nothing for any other module."""
    if operator.startswith(MODULE):
        return nullcontext()
    if any(argument.name == "level" for argument in resolve(operator)._schema.arguments):
        return torch.autograd.forward_ad.dual_level()
    return nullcontext()
