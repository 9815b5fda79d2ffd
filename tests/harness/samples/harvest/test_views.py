"""The cases are gathered from torch's OpInfo: what is kept is what this torch gives, and gives again."""

from importlib import resources

import pytest
import torch

from viewproof.cases import format_case
from viewproof.generate import opinfo as kept
from viewproof.samples.harvest.views import STORAGE_LIMIT, ViewRecorder, as_text, gather

WANTED = frozenset({"aten.transpose.int", "aten.view_as.default", "aten.add.Tensor", "aten.detach.default"})


@pytest.mark.skipif(not torch.__version__.startswith("2.13."), reason="the cases were gathered from torch 2.13")
def test_what_is_kept_is_what_the_pinned_torch_gives():
    assert as_text(gather()) == resources.files(kept).joinpath(kept.FILE).read_text(encoding="utf-8")


def recorded(call):
    recorder = ViewRecorder(WANTED)
    with recorder:
        call()
    return {name: [format_case(case) for case in cases] for name, cases in recorder.calls.items()}, recorder.unspelled


def test_a_wanted_call_is_written_with_its_layout_and_storage_and_once():
    x = torch.zeros(3, 4)[1:]
    found, unspelled = recorded(lambda: [x.transpose(0, 1), x.transpose(0, 1), x.unsqueeze(0)])
    assert found == {"aten.transpose.int": ["aten.transpose.int(float32[2,4]+4, 0, 1)"]}
    assert not unspelled


def test_what_no_case_says_is_counted_by_its_reason():
    x = torch.zeros(4)
    found, unspelled = recorded(lambda: x.add(x[:1]))
    assert (found, sum(unspelled.values())) == ({}, 1)
    large = torch.zeros(STORAGE_LIMIT + 1)
    found, unspelled = recorded(large[:2].detach)
    assert (found, list(unspelled)) == ({}, [f"a storage has more than {STORAGE_LIMIT} elements"])
    found, unspelled = recorded(torch.zeros(2).to_sparse().detach)
    assert (found, sum(unspelled.values())) == ({}, 1)
