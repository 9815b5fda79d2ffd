"""Scripts for the rule `grad.read`: the base's gradient after backward, and the outputs' tangents in forward mode."""

from __future__ import annotations

from viewproof.cases.model import TensorArgument
from viewproof.errors import NoScript
from viewproof.scripts.bases import call_of
from viewproof.scripts.frame import Frame, indented, strided
from viewproof_reference.layout import element_count
from viewproof_reference.layout.derivative import expected_gradient, expected_tangent, sent
from viewproof_reference.layout.dtypes import DTYPES


def gradient_check(frame: Frame) -> list[str]:
    """Lines that set `expected` and `observed`."""
    operand = frame.case.args[0]
    if not isinstance(operand, TensorArgument) or "grad" not in operand.flags:
        raise NoScript(f"rule {frame.rule}: wanted a strided operand with ~grad, got {operand!r}")
    layout, bases = operand.layout, frame.bases()
    outputs = [one.reads or layout for one in frame.outputs]
    sizes = [strided(one).size for one in frame.outputs]
    sendings = [sent(element_count(one.size), DTYPES[one.dtype].kind == "complex") for one in outputs]
    carried = sent(element_count(layout.size), DTYPES[layout.dtype].kind == "complex")
    base = bases.args[0]
    seed = ", ".join(
        f"torch.tensor({numbers_of(row, one.dtype)}, dtype=torch.{one.dtype}).reshape({size})"
        for row, one, size in zip(sendings, outputs, sizes, strict=True)
    )
    tangent = f"torch.tensor({numbers_of(carried, layout.dtype)}, dtype=torch.{layout.dtype}).reshape({layout.size})"
    forward = call_of(frame.case, bases).replace(f"({base}", "(dual", 1)
    plain = [expected_gradient(layout, outputs), *[expected_tangent(layout, one) for one in outputs]]
    place = "" if frame.device == "cpu" else f".to({frame.device!r})"
    return [
        "from torch.autograd import forward_ad",
        "numbers = lambda t: [complex(x) for x in t.detach().cpu().contiguous().resolve_conj().reshape(-1).tolist()]",
        *frame.run(bases),
        f"sent = [one{place} for one in ({seed},)]",
        f"(gradient,) = torch.autograd.grad(outputs, [{base}], sent)",
        "observed = [numbers(gradient)]",
        "with forward_ad.dual_level():",
        *indented(
            [
                f"dual = forward_ad.make_dual({base}.detach(), {tangent}{place})",
                f"tangents = [forward_ad.unpack_dual(out).tangent for out in {forward}]",
                "observed += [[] if one is None else numbers(one) for one in tangents]",
            ]
        ),
        f"expected = {plain}",
    ]


def numbers_of(values: list[complex], dtype: str) -> list[complex] | list[int]:
    """The numbers as a script spells them in `dtype`."""
    return values if DTYPES[dtype].kind == "complex" else [int(value.real) for value in values]
