"""What was called is written down as the dispatcher hands it on, and as a sample can say it."""

import pytest
import torch

from viewproof.samples.cases import format_sample, parse_sample
from viewproof.samples.harvest.spell import UnspelledError, normal, spell_call


def spelled(operator, *args, **kwargs):
    return format_sample(spell_call(operator, args, kwargs))


def test_layouts_are_kept_and_integers_keep_their_numbers():
    x = torch.zeros(3, 2).t()
    assert (
        spelled("aten.add.Tensor", x, torch.tensor([3, 4, 5])) == "aten.add.Tensor(float32[2,3]:[1,2], int64[3]{3,4,5})"
    )
    assert spelled("aten.relu.default", torch.zeros(9)[3::2]) == "aten.relu.default(float32[3]:[2]+3)"
    assert spelled("aten.abs.default", torch.zeros(40, dtype=torch.int8)) == "aten.abs.default(int8[40])"


def test_words_texts_and_lists():
    assert spelled("aten.zeros.default", [2], dtype=torch.int8, device=torch.device("cpu")) == (
        "aten.zeros.default([2], dtype=int8, device=cpu)"
    )
    assert spelled("aten.zeros.default", [2], device="cpu") == "aten.zeros.default([2], device=cpu)"
    assert spelled("aten.einsum.default", "i,i", [torch.zeros(1)] * 2) == (
        "aten.einsum.default('i,i', [float32[1],float32[1]])"
    )


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("aten.sum.dim_IntList(float32[2], dim=[0])", "aten.sum.dim_IntList(float32[2], [0])"),
        ("aten.var.dim(float32[2], dim=[0], keepdim=True)", "aten.var.dim(float32[2], [0], True, True)"),
        ("aten.avg_pool2d.default(float32[1,2,2], 2)", "aten.avg_pool2d.default(float32[1,2,2], [2,2])"),
        ("aten.sort.default(float32[2], -1, False)", "aten.sort.default(float32[2])"),
        ("aten.add.Tensor(float32[2], float32[2], alpha=2)", "aten.add.Tensor(float32[2], float32[2], alpha=2)"),
    ],
)
def test_a_call_is_normal_where_the_dispatcher_has_it_so(given, wanted):
    found = normal(parse_sample(given).call)
    assert format_sample(found) == wanted
    assert normal(found) == found


@pytest.mark.parametrize(
    "value",
    [torch.zeros(2).to_sparse(), torch.zeros(400), torch.zeros(2, device="meta"), 1j, "it's", torch.Generator()],
)
def test_what_no_sample_can_say_is_refused(value):
    with pytest.raises(UnspelledError):
        spell_call("aten.add.Tensor", (value, value), {})


def test_places_in_another_tensor_keep_their_numbers_or_are_refused():
    with pytest.raises(UnspelledError, match="40 elements"):
        spell_call("aten.take.default", (torch.zeros(40), torch.zeros(40, dtype=torch.int64)), {})
