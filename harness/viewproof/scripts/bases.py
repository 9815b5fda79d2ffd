"""The lines of a script that build a case's bases, and the names that its arguments get there."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from viewproof.cases.model import Case, DualArgument, NestedArgument, SparseArgument, TensorArgument
from viewproof.catalog.overloads import resolve
from viewproof.scripts.literals import literal, operator_in_torch
from viewproof_reference.layout.dtypes import itemsize
from viewproof_reference.layout.model import Layout

_TENSORS = (TensorArgument, SparseArgument, NestedArgument, DualArgument)


@dataclass(slots=True)
class Bases:
    """Builder lines, and what the rest of the script may name.

    `components` maps the reference's names (`self`, `self.values`) to variables; `storages` the same names to the
    variables of their storages; `positioned` names the components whose bytes may be written freely; `roots` the
    variable that `_base` should be. `tensors` are the operands, whole, and `outs` those that are passed as `out=`.
    """

    device: str
    fill: str
    suffix: str = ""
    lines: list[str] = field(default_factory=list)
    args: list[str] = field(default_factory=list)
    components: dict[str, str] = field(default_factory=dict)
    layouts: dict[str, Layout] = field(default_factory=dict)
    storages: dict[str, str] = field(default_factory=dict)
    roots: dict[str, str] = field(default_factory=dict)
    positioned: list[str] = field(default_factory=list)
    tensors: list[str] = field(default_factory=list)
    outs: list[str] = field(default_factory=list)
    fakes: bool = False

    def storage(self, name: str, count: int) -> None:
        """A storage of `count` bytes called `name`, filled as `fill` says."""
        if self.fill == "mask" and count:
            source = f"[byte + 1 >> mask & 1 for byte in range({count})]"
            self.lines.append(
                f"{name} = torch.tensor({source}, dtype=torch.uint8, device={self.device!r}).untyped_storage()"
            )
        else:
            self.lines.append(f"{name} = torch.UntypedStorage({count}, device={self.device!r})")
            if self.device != "meta" and count:
                self.lines.append(f"{name}.fill_(0)")

    def strided(self, argument: TensorArgument, name: str) -> str:
        """One strided tensor; returns its variable."""
        layout, variable = argument.layout, self.variable(name)
        if argument.storage is None:
            storage = f"{variable}_storage"
            self.storage(storage, layout.storage_bytes)
        else:
            storage = f"shared{argument.storage}{self.suffix}"
        start, root = f"{variable} = torch.empty(0, dtype=torch.{layout.dtype}, device={self.device!r})", variable
        if "view" in argument.flags:
            root = f"{variable}_root"
            start = start.replace(variable, root, 1)
            self.lines.append(f"{start}.set_({storage}, 0, ({layout.storage_bytes // itemsize(layout.dtype)},), (1,))")
            if "grad" in argument.flags:
                self.lines.append(f"{root}.requires_grad_()")
            self.lines.append(f"{variable} = {root}.as_strided({layout.size}, {layout.stride}, {layout.offset})")
        else:
            self.lines.append(f"{start}.set_({storage}, {layout.offset}, {layout.size}, {layout.stride})")
        if argument.values is not None and self.device != "meta":
            values = f"torch.tensor({list(argument.values)}, dtype=torch.{layout.dtype}).reshape({layout.size})"
            self.lines.append(f"{variable}.copy_({values})")
        self.lines += [f"torch._C._set_{bit}({variable}, True)" for bit in ("conj", "neg") if getattr(layout, bit)]
        if "grad" in argument.flags and root == variable:
            self.lines.append(f"{variable}.requires_grad_()")
        if argument.values is None:
            self.positioned.append(name)
        self.components[name], self.layouts[name] = variable, layout
        self.storages[name], self.roots[name] = storage, root
        return variable

    def variable(self, name: str) -> str:
        """The script's word for a component: `base` for the first operand."""
        head, _, rest = name.partition(".")
        word = ("base" if head == "self" else head) + (f"_{rest}" if rest else "")
        return word + self.suffix

    def operand(self, argument: Any, name: str) -> str:
        """Any tensor operand; returns its variable."""
        variable = self.variable(name)
        if isinstance(argument, TensorArgument):
            variable = self.strided(argument, name)
        elif isinstance(argument, SparseArgument):
            self.lines.append(f"{variable} = {self._sparse(argument, name)}")
        elif isinstance(argument, NestedArgument):
            self.lines.append(f"{variable} = {self._nested(argument, name)}")
        else:
            primal = self.strided(argument.primal, f"{name}.primal")
            tangent = None if argument.tangent is None else self.strided(argument.tangent, f"{name}.tangent")
            self.lines.append(
                f"{variable} = {primal if tangent is None else f'torch._make_dual({primal}, {tangent}, 0)'}"
            )
        self.tensors.append(variable)
        if name.partition(".")[0] == "out":
            self.outs.append(variable)
        if self.fakes:
            self.lines.append(f"{variable} = mode.from_tensor({variable}, static_shapes=True)")
        return variable

    def _sparse(self, argument: SparseArgument, name: str) -> str:
        parts = [self.strided(argument.indices, f"{name}.indices")]
        if argument.plain_indices is not None:
            parts.append(self.strided(argument.plain_indices, f"{name}.plain_indices"))
        parts += [self.strided(argument.values, f"{name}.values"), str(argument.size)]
        if argument.plain_indices is None:
            return f"torch.sparse_coo_tensor({', '.join(parts)}, is_coalesced={argument.coalesced})"
        return f"torch.sparse_compressed_tensor({', '.join(parts)}, layout=torch.{argument.kind})"

    def _nested(self, argument: NestedArgument, name: str) -> str:
        buffer = self.strided(argument.buffer, f"{name}.buffer")
        if argument.jagged:
            ends = [sum(size[0] for size in argument.sizes[:count]) for count in range(len(argument.sizes) + 1)]
            offsets = f"torch.tensor({ends}, device={self.device!r})"
            return f"torch.nested.nested_tensor_from_jagged({buffer}, {offsets})"
        rows = [[list(row) for row in argument.sizes], [list(row) for row in argument.strides], list(argument.offsets)]
        return f"torch._nested_view_from_buffer({buffer}, {', '.join(f'torch.tensor({row})' for row in rows)})"


def bases_of(case: Case, device: str, fill: str, *, suffix: str = "", fakes: bool = False) -> Bases:
    """The bases of `case` on `device`: storages full of zeros, or (`fill` = "mask") of one bit of each position."""
    bases = Bases(device, fill, suffix, fakes=fakes)
    for number, (dtype, count) in enumerate(case.storages):
        bases.storage(f"shared{number}{suffix}", count * itemsize(dtype))
    names = [argument.name for argument in resolve(case.operator)._schema.arguments]
    for index, argument in enumerate(case.args):
        if isinstance(argument, _TENSORS):
            bases.args.append(bases.operand(argument, names[index] if bases.tensors else "self"))
        elif isinstance(argument, tuple) and any(isinstance(part, _TENSORS) for part in argument):
            parts = [bases.operand(part, f"{names[index]}{place}") for place, part in enumerate(argument)]
            bases.args.append(f"[{', '.join(parts)}]")
        else:
            bases.args.append(_plain(argument, device))
    for name, value in case.kwargs:
        if isinstance(value, tuple) and any(isinstance(part, _TENSORS) for part in value):
            parts = [bases.operand(part, f"{name}.{place}") for place, part in enumerate(value)]
            text = f"[{', '.join(parts)}]"
        else:
            text = bases.operand(value, name) if isinstance(value, _TENSORS) else _plain(value, device)
        bases.args.append(f"{name}={text}")
    return bases


def _plain(argument: Any, device: str) -> str:
    # The word `cpu` in a case means the operand's own device.
    return repr(device) if argument == "cpu" else literal(argument)


def call_of(case: Case, bases: Bases) -> str:
    """The call itself, as an expression that is a list of tensors: the outs where it returns nothing."""
    call = f"{operator_in_torch(case.operator)}({', '.join(bases.args)})"
    returns = resolve(case.operator)._schema.returns
    if not returns and bases.outs:
        return f"{call} or [{', '.join(bases.outs)}]"
    return f"[{call}]" if len(returns) == 1 and str(returns[0].type) == "Tensor" else f"list({call})"
