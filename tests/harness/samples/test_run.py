"""One execution of a sample: everything that it returned, shared and changed is noted."""

import pytest
import torch

from viewproof.cases import parse_case
from viewproof.catalog.overloads import resolve
from viewproof.samples.build import build_sample
from viewproof.samples.run import run_sample


def ran(text, call=None):
    case = parse_case(f"sample({text})").call
    overload = resolve(case.operator)
    return run_sample(call or overload, build_sample(case), len(overload._schema.returns) > 1)


def test_a_view_shares_with_its_operand_from_its_offset():
    (view,) = ran("aten.select.int(float32[3,4], 0, 1)").tensors
    assert (view.shares, view.offset, view.stride, view.number) == ("self", 4, (1,), 0)
    assert len(view.data) == 16


def test_several_returns_a_list_and_a_scalar_are_told_apart():
    assert ran("aten.sort.default(float32[3])").structure == "(strided,strided)"
    assert [one.number for one in ran("aten.sort.default(float32[3])").tensors] == [0, 1]
    assert ran("aten.split.Tensor(float32[3], 2)").structure == "[strided,strided]"
    assert [one.number for one in ran("aten.split.Tensor(float32[3], 2)").tensors] == [0, 0]
    assert ran("aten.item.default(int64[]{7})").scalars == (7,)
    assert ran("aten.to_sparse.default(float32[3])").structure == "sparse_coo"


def test_what_is_written_is_seen_beside_the_operand_too():
    written = ran("aten.add_.Tensor(float32[2]:[2], float32[2])")
    assert written.changed == ("self",)
    assert written.tensors[0].shares == "self"

    def beside(self, other):
        self.new_empty(0).set_(self.untyped_storage()).view(torch.float32)[1] = 9
        return self + other

    assert ran("aten.add.Tensor(float32[2]:[2], float32[2])", beside).changed == ("self",)
    assert ran("aten.unsqueeze_.default(float32[2], 0)").changed == ("self",)
    assert ran("aten.add.Tensor(float32[2], float32[2])").changed == ()


def test_an_operand_on_another_storage_is_still_that_operand():
    assert ran("aten.set_.default(float32[2])").tensors[0].shares == "self"


def test_two_results_on_one_storage_are_seen():
    first, second = ran("aten.where.default(bool[2,2]{1,1,0,1})").tensors
    assert (first.beside, second.beside) == (-1, 0)


def test_what_is_raised_is_noted_and_no_grad_is_left_behind():
    failed = ran("aten.add.Tensor(float32[2], float32[3])")
    with pytest.raises(RuntimeError) as bare:
        torch.ops.aten.add.Tensor(torch.zeros(2), torch.zeros(3))
    assert failed.raised == (("RuntimeError", "Exception"), str(bare.value).partition("\n")[0])
    assert torch.is_grad_enabled()


def test_a_random_operator_starts_from_one_seed():
    assert ran("aten.rand.default([3])") == ran("aten.rand.default([3])")


def test_lazy_bits_are_resolved_for_the_data_and_said():
    (lazy,) = ran("aten._conj.default(complex64[2])").tensors
    (plain,) = ran("aten.conj_physical.default(complex64[2])").tensors
    assert lazy.bits == "~conj"
    assert lazy.data == plain.data
    assert ran("aten._neg_view.default(bool[2])").tensors[0].bits == "~neg"


def test_reading_calls_no_operator():
    """What a result holds is read where it lies: a copy kernel that lies is not asked."""
    with torch.library._scoped_library("aten", "IMPL") as library:
        library.impl("clone", lambda self, *, memory_format=None: self.new_zeros(self.size()), "CPU")
        (found,) = ran("aten.t.default(float32[2,3])").tensors
    assert found.data == ran("aten.t.default(float32[2,3])").tensors[0].data
    assert any(found.data)


@pytest.mark.parametrize("result", [None, 7, "text", object(), [None, [torch.ones(2)]], torch.ones(2).to_mkldnn()])
def test_a_result_of_any_type_is_noted(result):
    assert ran("aten.relu.default(float32[2])", lambda _: result).raised is None


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_component_that_cannot_be_read_is_what_torch_raised():
    with torch.library._scoped_library("aten", "IMPL") as library:

        def refuse(self):
            raise ValueError("no rows today")

        given = torch.eye(2).to_sparse_csr()
        library.impl("crow_indices", refuse, "SparseCsrCPU")
        found = ran("aten.relu.default(float32[2])", lambda _: given)
    assert found.raised == (("ValueError", "Exception"), "no rows today")
