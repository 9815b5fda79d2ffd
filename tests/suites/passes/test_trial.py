"""What a trial compares: outputs bit for bit, lazy bits resolved; and what the questions on storages see."""

import pytest
import torch
from torch.fx import Graph, GraphModule
from torch.fx.passes.infra.pass_base import PassResult

from viewproof_suites.passes import questions
from viewproof_suites.passes.questions.behaviour import laid, watched
from viewproof_suites.passes.trial import Trial, content, difference, run_graph


def test_outputs_differ_by_number_type_size_and_values():
    one = torch.tensor([1.0, 2.0])
    assert difference([one, 3], [one.clone(), 3, "further"]) == ""
    assert difference([one, 3], [one]) == "1 outputs, not 2"
    assert difference([3], [4]) == "output 0 is 4, not 3"
    assert difference([one], [one.double()]) == "output 0 is torch.float64 (2,), not torch.float32 (2,)"
    assert difference([one], [one + 1e-6]) == "output 0 holds other values"
    assert difference([one], [one + 1e-6], exact=False) == ""
    assert difference([one], [one + 1e-2], exact=False) == "output 0 holds other values"


def test_lazy_bits_are_resolved():
    number = torch.tensor([1 + 2j])
    assert difference([number.conj()], [torch.tensor([1 - 2j])]) == ""
    assert difference([torch._neg_view(torch.tensor([3]))], [torch.tensor([-3])]) == ""
    true = torch.tensor([True])
    assert difference([torch._neg_view(true)], [torch._neg_view(true.clone())]) == ""


@pytest.mark.parametrize("way", ["permuted", "stepped", "offset"])
def test_another_layout_has_the_same_values(way):
    given = torch.arange(12.0).reshape(3, 4)
    other = laid(given, way)
    assert torch.equal(given, other)
    assert (other.stride(), other.storage_offset()) != (given.stride(), given.storage_offset())
    assert laid(7, way) == 7


def test_a_copy_that_shares_is_seen():
    library = torch.library.Library("viewproof_shares", "FRAGMENT")
    library.define("lazy_copy(Tensor x) -> Tensor")
    library.impl("lazy_copy", lambda x: x.view_as(x), "CompositeExplicitAutograd")
    graph = Graph()
    graph.output((graph.call_function(torch.ops.viewproof_shares.lazy_copy.default, (graph.placeholder("x"),)),))
    run = watched(GraphModule({}, graph), [torch.arange(3)])
    assert run.sharing == ["viewproof_shares.lazy_copy.default"]


def test_an_input_that_is_written_is_copied_first():
    graph = Graph()
    graph.output((graph.call_function(torch.ops.aten.add_.Tensor, (graph.placeholder("x"), 1)),))
    given = torch.zeros(2)
    assert run_graph(GraphModule({}, graph), [given])[0].tolist() == [1, 1]
    assert given.tolist() == [0, 0]


def test_what_a_pass_raises_is_kept():
    def make():
        def refuse(module):
            raise ValueError("aten.t: not today")

        return refuse

    graph = Graph()
    graph.output((graph.call_function(torch.ops.aten.t.default, (graph.placeholder("x"),)),))
    trial = Trial(GraphModule({}, graph), make, [torch.zeros(2, 2)])
    assert isinstance(trial.error, ValueError)
    assert questions.question("refusal")(trial) == "refused, naming aten.t.default"


class _RaisesWithoutWords:
    """A pass that takes what it is given first, and raises an exception without a text at its own result."""

    def __call__(self, module):
        if module.meta.get("passed"):
            raise AssertionError
        passed = GraphModule(module, module.graph)
        passed.meta["passed"] = True
        return PassResult(passed, modified=False)


@pytest.mark.parametrize("name", ["again", "modified", "composed"])
def test_an_exception_without_words_is_an_answer(name):
    graph = Graph()
    graph.output((graph.placeholder("x"),))
    trial = Trial(GraphModule({}, graph), _RaisesWithoutWords, [torch.zeros(2)], other=_RaisesWithoutWords)
    assert trial.error is None
    assert questions.question(name)(trial) == "raises AssertionError: "


def test_what_is_no_refusal_and_no_assertion_is_told_apart():
    graph = Graph()
    graph.output((graph.placeholder("x"),))

    class Breaks:
        def __call__(self, _module):
            broken = Graph()
            broken.output((broken.call_function(getattr, (broken.placeholder("x"), "no_such_attribute")),))
            return PassResult(GraphModule({}, broken), modified=True)

    inputs = [torch.zeros(2, 2)]
    trial = Trial(GraphModule({}, graph), Breaks, inputs, [inputs])
    raised = "raises AttributeError: 'Tensor' object has no attribute 'no_such_attribute'"
    assert questions.question("layouts")(trial) == f"permuted: {raised}"
    assert questions.question("violated")(trial) == f"runs before, {raised} after"


def test_an_unknown_question_is_refused():
    with pytest.raises(ValueError, match="question 'vlaues': wanted one of"):
        questions.question("vlaues")


def test_elements_are_read_where_they_lie():
    """No operator is asked: a copy kernel that lies changes no comparison."""
    given = torch.arange(6.0).reshape(2, 3).t()
    wanted = content(given)
    with torch.library._scoped_library("aten", "IMPL") as library:
        library.impl("copy_", lambda self, src, non_blocking=False: self.zero_(), "CPU")
        assert content(given) == wanted
    assert wanted == bytes(given.contiguous().untyped_storage())


@pytest.mark.parametrize("dtype", [torch.int8, torch.int64, torch.float16, torch.float64, torch.complex64])
def test_elements_below_lazy_bits_are_resolved(dtype):
    plain = torch.tensor([1, -2, 3], dtype=dtype)
    assert content(torch._neg_view(plain)) == bytes((-plain).untyped_storage())
    if dtype.is_complex:
        number = torch.tensor([1 + 2j, -3j], dtype=dtype)
        assert content(number.conj()) == bytes(number.conj_physical().untyped_storage())
        assert content(torch._neg_view(number.conj())) == bytes((-number.conj_physical()).untyped_storage())


def test_a_number_is_no_tensor_and_another_layout_is_a_difference():
    one = torch.ones(2)
    assert difference([one], [3]) == "output 0 is 3, not torch.float32 (2,)"
    assert difference([3], [one]) == "output 0 is torch.float32 (2,), not 3"
    assert "torch.sparse_coo" in difference([one], [one.to_sparse()])
    assert "meta" in difference([one], [one.to("meta")])
