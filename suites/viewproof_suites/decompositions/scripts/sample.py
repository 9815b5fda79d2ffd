"""Scripts on samples: the call, built for each execution, is run by its operator and by what replaces that."""

from __future__ import annotations

from typing import Any

from viewproof.cases.model import Case, TensorArgument
from viewproof.errors import NoScript
from viewproof.samples.annotations import annotations_of
from viewproof.samples.build import operand_names
from viewproof.samples.cases import DomainTensor, SampleCase, SampledCase, Text
from viewproof.samples.fill import contents
from viewproof.samples.unvalued import has_no_values
from viewproof.scripts.literals import literal, operator_in_torch
from viewproof_suites.decompositions.cases import sample_calls
from viewproof_suites.decompositions.scripts.looks import LOOK, LOOKS

_PLACE = """\
def place(numbers, dtype, size, stride, offset, conj=False, neg=False):
    made = torch.empty(0, dtype=dtype, device=device)
    if device == "meta":
        storage = torch.UntypedStorage(len(numbers) * made.element_size(), device=device)
    else:
        wide = torch.int64 if not (dtype.is_floating_point or dtype.is_complex) else None
        storage = torch.tensor(numbers, dtype=wide or (torch.complex128 if dtype.is_complex else torch.float64))
        storage = storage.to(dtype).untyped_storage()
    made.set_(storage, offset, size, stride)
    torch._C._set_conj(made, conj)
    torch._C._set_neg(made, neg)
    operands.append(made)
    return made
"""
_REGISTERED = """\
import torch._decomp

def stands_for(*args, **kwargs):
    tables = torch._decomp.global_decomposition_table
    result = ({tables})[operator](*args, **kwargs)
    return operator(*args, **kwargs) if result is NotImplemented else result
"""
_EXPORTED = """\
import torch.export
from torch.utils._python_dispatch import TorchDispatchMode

table = dict(torch.export.default_decompositions().materialize())
leaves = []

class Decomposing(TorchDispatchMode):
    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        if func in table:
            with self:
                result = table[func](*args, **(kwargs or {}))
            if result is not NotImplemented:
                return result
        leaves.append(func)
        return func(*args, **(kwargs or {}))

def stands_for(*args, **kwargs):
    with Decomposing():
        result = table[operator](*args, **kwargs)
    if result is NotImplemented:
        leaves.append(operator)
        result = operator(*args, **kwargs)
    return result
"""
_WAYS = {
    "decomposed": _REGISTERED.format(tables='tables["post_autograd"] | tables.get("pre_autograd", {})'),
    "decomposed-meta": _REGISTERED.format(tables='tables["post_autograd"] | tables.get("pre_autograd", {})'),
    "meta-registered": _REGISTERED.format(tables='tables["meta"]'),
    "decomposed-export": _EXPORTED,
}


def sample_lines(case: Case | SampleCase | SampledCase, target: str, rule: str) -> list[str]:
    """Lines that set `expected` and `observed` for `rule` on one sample. Raises NoScript where there is none."""
    if rule not in LOOKS or (target == "sampled") is not rule.startswith("schema."):
        raise NoScript(f"rule {rule!r}: wanted a rule that is asked of {target}")
    operator = f"operator = {operator_in_torch(case.operator)}"
    if type(case) is SampledCase:
        calls = [_sample(call) for call in sample_calls(case.operator)]
        says = annotations_of(case.operator)
        numbered = {number: says.written[number] for number, aliases in enumerate(says.aliases) if aliases}
        listed = ["calls = [", *[f"    ({call})," for call in calls], "]"]
        head = [*_head(operator, "cpu"), *LOOK.splitlines()]
        return [*head, f"annotated = {numbered}", *listed, "", *LOOKS[rule].splitlines()]
    if type(case) is not SampleCase:
        raise NoScript(f"case: wanted a sample, got {type(case).__name__}")
    says = annotations_of(case.operator)
    several = len(says.aliases) > 1
    device = "meta" if target in ("decomposed-meta", "meta-registered") else "cpu"
    names = list(operand_names(case.call))
    return [
        *_head(operator, device),
        *_WAYS.get(target, "").splitlines(),
        *LOOK.splitlines(),
        f"several, random = {several}, {has_no_values(case.operator)}",
        f"names = {names}",
        f"writes = {sorted(says.writes)}",
        f"aliases = {[sorted(one) for one in says.aliases]}",
        "",
        "",
        "def sample():",
        "    operands.clear()",
        f"    return {_sample(case.call)}",
        "",
        "",
        *LOOKS[rule].splitlines(),
    ]


def _head(operator: str, device: str) -> list[str]:
    return ["import math", "import warnings", "", "warnings.simplefilter('ignore')", operator, f"device = {'cpu'!r}",
            f"there = {device!r}", "operands = []", "", "", *_PLACE.splitlines(), ""]  # fmt: skip


def _sample(call: Case) -> str:
    if call.storages:
        raise NoScript("sample: wanted tensors on storages of their own, got a shared one")
    numbers = iter(range(len(operand_names(call))))
    args = ", ".join(_spelled(value, numbers) for value in call.args)
    kwargs = ", ".join(f"{name!r}: {_spelled(value, numbers)}" for name, value in call.kwargs)
    return f"[{args}], {{{kwargs}}}" if type(call) is Case else ""


def _spelled(value: Any, numbers: Any) -> str:
    if type(value) is DomainTensor:
        return _placed(value.tensor, next(numbers), value.domain)
    if type(value) is TensorArgument:
        return _placed(value, next(numbers), "")
    if type(value) is tuple:
        return f"[{', '.join(_spelled(one, numbers) for one in value)}]"
    if type(value) is Text:
        return repr(value.value)
    return "torch.device(device)" if value == "cpu" else literal(value)


def _placed(argument: TensorArgument, number: int, domain: str) -> str:
    layout = argument.layout
    said = ", ".join(map(repr, contents(argument, number, domain)))
    bits = "".join([f", {bit}=True" for bit in ("conj", "neg") if getattr(layout, bit)])
    return f"place([{said}], torch.{layout.dtype}, {layout.size}, {layout.stride}, {layout.offset}{bits})"
