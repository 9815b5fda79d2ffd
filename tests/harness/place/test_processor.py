"""The processor has a name on every machine, whatever torch can say of it."""

import torch

from viewproof.place.processor import capabilities, processor_name


def test_it_has_a_name():
    assert processor_name()


def test_a_torch_that_cannot_say_it_is_no_error(monkeypatch):
    monkeypatch.delattr(torch.cpu, "get_capabilities", raising=False)
    assert capabilities() == {}
    assert processor_name()
