"""What a kernel sets and leaves so is put back, each setting by itself."""

import pytest
import torch

from viewproof.running.settings import Settings, settings, settings_kept

CHANGES = {
    "grad": lambda: torch._C._set_grad_enabled(not torch.is_grad_enabled()),
    "default_dtype": lambda: torch.set_default_dtype(torch.float64),
    "deterministic": lambda: torch.use_deterministic_algorithms(True, warn_only=True),
    "autocast": lambda: torch.set_autocast_enabled("cpu", not torch.is_autocast_enabled("cpu")),
    "threads": lambda: torch.set_num_threads(torch.get_num_threads() + 1),
}


def test_nothing_is_said_to_change_where_nothing_does():
    with settings_kept() as kept:
        torch.zeros(3).add_(1)
    assert not kept.changed


@pytest.mark.parametrize("name", Settings._fields)
def test_what_was_changed_is_as_it_was(name):
    before = settings()
    with settings_kept() as kept:
        CHANGES[name]()
        assert getattr(settings(), name) != getattr(before, name)
    assert kept.changed
    assert settings() == before


def test_also_where_something_was_raised():
    before = settings()

    def leaves_and_raises():
        torch.set_default_dtype(torch.float64)
        raise ValueError("on the way")

    with pytest.raises(ValueError, match="on the way"), settings_kept():
        leaves_and_raises()
    assert settings() == before


def test_in_a_process_of_another_program_its_own_are_left_alone():
    with settings_kept():
        with settings_kept(shared=True) as kept:
            torch.set_default_dtype(torch.float64)
            torch.set_num_threads(torch.get_num_threads() + 1)
        assert not kept.changed
        assert torch.get_default_dtype() is torch.float64
        with settings_kept(shared=True) as kept:
            torch._C._set_grad_enabled(False)
        assert kept.changed
        assert torch.is_grad_enabled()
