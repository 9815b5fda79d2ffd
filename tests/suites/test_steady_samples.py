"""Every sample is decided by torch, and by no rounding: measured over all of them, operator and decompositions alike.

The bounds are the contract's (docs/samples.md). What the samples hold keeps well away from them, so that a machine that
rounds otherwise stays on the same side.
"""

import math
import warnings
from collections.abc import Iterator

import numpy as np
import pytest
import torch

from viewproof.cases import format_case
from viewproof.catalog.overloads import resolve
from viewproof.engine.quiet import quiet
from viewproof.samples.build import build_sample
from viewproof.samples.cases import SampleCase
from viewproof.samples.closeness import tolerances_apart
from viewproof.samples.demands import satisfied
from viewproof.samples.run import SampleRun, run_sample
from viewproof.samples.sensitive import KernelTrace, moved, watched
from viewproof.samples.tables import decompose, export_table, exported, registered
from viewproof.samples.unvalued import has_no_values
from viewproof_suites.decompositions.samples import sampled_operators, samples_of
from viewproof_suites.schemas.suites import sampled_here

HERE = torch.__version__.startswith("2.13.")
SLICES = 8
#: The largest condition number of a matrix that is factored; float32 then keeps five digits.
CONDITION = 100
#: The smallest difference of numbers that are compared or sorted, relative to the greater.
GAP = 1e-3
#: How far results may move, in tolerances, when each operand's numbers are exchanged for their neighbours.
MOVED = 1
#: No decomposition is as far from its operator as this: between so many tolerances a rounding more would decide.
UNDECIDED = (0.75, 1.5)
#: Packets whose results move whatever their operands do, each with the reason.
UNMEASURED = {
    "hash_tensor": "reads the very bits, which are decided",
    "_weight_norm_interface": "a fault of torch's: of operands that are not dense it gives what lay in memory",
}
pytestmark = pytest.mark.skipif(not HERE, reason="the samples were gathered with torch 2.13")


def decompositions(operator: str):
    """What stands for an operator on real tensors: its registered decomposition, and export's to the end."""
    overload = resolve(operator)
    found = registered().get(operator) or registered("pre_autograd").get(operator)
    ways = [] if found is None else [found]
    if operator in exported():
        ways.append(decompose(overload, export_table(), []))
    for way in ways:

        def call(*args, way=way, **kwargs):
            result = way(*args, **kwargs)
            return overload(*args, **kwargs) if result is NotImplemented else result

        yield call


class Measured:
    """What one sample showed: its execution, those of its decompositions, and what they met."""

    def __init__(self, sample: SampleCase) -> None:
        overload = resolve(sample.operator)
        several = len(overload._schema.returns) > 1
        self.name = format_case(sample)
        self.call = sample.call
        self.met: list[KernelTrace] = []
        self.ran, *self.others = [
            self._run(call, several) for call in (overload, *decompositions(sample.operator))
        ]  # fmt: skip
        self.valued = not has_no_values(sample.operator)

    def _run(self, call, several: bool) -> SampleRun:
        watching, met = watched(call)
        self.met.append(met)
        return run_sample(watching, build_sample(self.call), several)

    def faults(self) -> Iterator[str]:
        if self.ran.raised is not None:
            yield f"refused: {self.ran.raised.classes[0]} {self.ran.raised.message}"
            return
        for met in self.met:
            for overload, matrix in met.matrices:
                if not condition(matrix) < CONDITION:
                    yield f"{overload}: condition number {condition(matrix):.3g}"
        if not self.valued:
            return
        for met in self.met:
            yield from (f"{overload}: a gap of {gap:.3g}" for overload, gap in met.gaps if gap < GAP)
        yield from (f"{apart:.3g} tolerances apart" for apart in self.apart() if UNDECIDED[0] < apart < UNDECIDED[1])
        distance, what = moved(self.call)
        compared = self.others and self.call.operator.split(".")[1] not in UNMEASURED
        if (compared and not distance < MOVED) or "becomes" in what:
            yield f"{what} moves by {distance:.3g} tolerances"

    def apart(self) -> Iterator[float]:
        """How far each result of each decomposition is from the operator's, where the rule on values compares them."""
        for other in self.others:
            if other.raised is not None or other.structure != self.ran.structure:
                continue
            for one, two in zip(self.ran.tensors, other.tensors, strict=True):
                if (one.size, one.dtype) == (two.size, two.dtype):
                    yield tolerances_apart(one.dtype, one.data, two.data)


def condition(matrix: torch.Tensor) -> float:
    """The largest singular value divided by the smallest, as numpy finds them; NaN for what is not finite."""
    plain = matrix.numpy()
    if not np.isfinite(plain).all():
        return math.nan
    values = np.linalg.svd(plain, compute_uv=False)
    return float(values[0] / values[-1]) if values[-1] else math.inf


@pytest.fixture
def one_thread():
    """As a worker has: what is measured is rounding, not what threads add in another order."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.mark.usefixtures("one_thread")
@pytest.mark.parametrize("which", range(SLICES))
def test_no_sample_hangs_on_a_rounding(which):
    found = []
    with quiet, warnings.catch_warnings(action="ignore"):
        for operator in sampled_here()[which::SLICES]:
            for sample in samples_of(operator):
                measured = Measured(sample)
                found += [f"{measured.name}: {fault}" for fault in measured.faults()]
    assert found == []


def test_every_operand_has_what_its_operator_asks_of_it():
    lacking = [format_case(sample) for operator in sampled_here() for sample in samples_of(operator)
               if satisfied(sample.call) != sample.call]  # fmt: skip
    assert lacking == []


def test_every_sampled_overload_keeps_a_sample():
    assert all(samples_of(operator) for operator in sampled_operators())
