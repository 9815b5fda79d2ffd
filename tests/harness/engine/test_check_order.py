"""Wrong kernels that leave something behind: what the next case comes to does not depend on them, nor on the order."""

import msgspec
import pytest
import torch

from viewproof.cases import parse_case
from viewproof.contract.installed import find_suite
from viewproof.engine.check import check_chunk
from viewproof.engine.workload import Memory
from viewproof.records.chunk import Chunk
from viewproof.records.same import differences
from viewproof.tensors import build
from viewproof_suites.views.targets import fake

#: Torch says so once a process, at the first complex32 tensor; and whatever kernel is put in another's place.
pytestmark = pytest.mark.filterwarnings("ignore:ComplexHalf support", "ignore:Warning only once for all operators")

FAMILIES = ("contiguous", "permuted")


def placed(self, size, stride):
    out = torch.empty(0, dtype=self.dtype, device=self.device)
    return out.set_(self.untyped_storage(), self.storage_offset(), size, stride)


def transposed(self, dim0, dim1):
    size, stride = list(self.size()), list(self.stride())
    if size:
        size[dim0], size[dim1] = size[dim1], size[dim0]
        stride[dim0], stride[dim1] = stride[dim1], stride[dim0]
    return placed(self, size, stride)


def spoils_its_operand(self, dim0, dim1):
    """Right, but for the operand, which it leaves transposed."""
    out = transposed(self, dim0, dim1)
    if self.dim() and dim0 % self.dim() == 1:
        self.set_(self.untyped_storage(), self.storage_offset(), out.size(), out.stride())
    return out


def sets_the_default_dtype(self, dim0, dim1):
    """Right for as long as the default dtype is what it was; some calls change it."""
    right = torch.get_default_dtype() is torch.float32
    out = transposed(self, dim0, dim1)
    if self.dim() and dim0 % self.dim() == 1:
        torch.set_default_dtype(torch.float64)
    return out if right else placed(self, [*out.size(), 1], [*out.stride(), 1])


@pytest.fixture
def records(monkeypatch):
    """The records of some suites' chunks, in any order of suites, under a seed, everything kept forgotten first."""

    def check(suites, targets, seed):
        monkeypatch.setattr(build, "_KEPT", {})
        monkeypatch.setattr(fake, "_KEPT", {})
        found, memory = [], Memory()
        for family in FAMILIES:
            for suite in suites:
                chunk = Chunk(
                    suite=suite, operator="aten.transpose.int", family=family, profile="quick", device="cpu",
                    targets=tuple(one for one in find_suite(suite).targets if one in targets),
                    rules=find_suite(suite).rules, seed=seed,
                )  # fmt: skip
                found.append(check_chunk(chunk, memory))
        return found

    return check


@pytest.mark.parametrize("kernel", [spoils_its_operand, sets_the_default_dtype])
@pytest.mark.parametrize(
    ("suites", "targets", "key"),
    [
        (("aliasing", "views"), ("eager",), "CPU"),
        (("replay", "views"), ("eager",), "CPU"),
        (("views",), ("meta", "fake", "fake-nocache"), "Meta"),
    ],
    ids=lambda one: "+".join(one) if isinstance(one, tuple) else one,
)
def test_the_order_makes_no_difference(records, kernel, suites, targets, key):
    with torch.library._scoped_library("aten", "IMPL") as library:
        library.impl("transpose.int", kernel, key)
        plain = records(suites, targets, None)
        others = [records(order, targets, seed) for seed in (1, 2) for order in (suites, suites[::-1])]
    assert all(one.accepted for one in plain)
    for other in others:
        assert differences(plain, other) == []
    assert not any(failure.verdict == "harness_error" for one in plain for failure in one.failures)


def test_who_spoils_an_operand_is_found_and_nobody_else(records):
    with torch.library._scoped_library("aten", "IMPL") as library:
        library.impl("transpose.int", spoils_its_operand, "CPU")
        found = records(("aliasing", "views"), ("eager",), None)
    failures = [failure for one in found for failure in one.failures]
    assert {failure.rule for failure in failures} == {"alias.inputs-unchanged"}, "the one thing that is wrong"
    assert all(spoils(parse_case(failure.case)) for failure in failures)


def spoils(case):
    rank = len(case.args[0].layout.size)
    return rank > 0 and case.args[1] % rank == 1


def test_a_seed_is_only_an_order(records):
    plain, seeded = (records(("aliasing", "views"), ("eager",), seed) for seed in (None, 4))
    same = [
        [msgspec.structs.replace(one, checking_seconds=0, generating_seconds=0) for one in run]
        for run in (plain, seeded)
    ]
    assert same[0] == same[1]
