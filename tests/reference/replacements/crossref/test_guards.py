"""Suspension restores what there was, also where torch's own does not; the dispatcher's guards are torch's."""

import pytest
import torch
import torch._dispatch.python as python_dispatch

from viewproof_reference.replacements.crossref import (
    Functionalization,
    enable_python_dispatcher,
    functionalization,
    functionalization_suspended,
    set_functionalization,
)
from viewproof_reference.replacements.crossref.guards import (
    enable_pre_dispatch,
    no_python_dispatcher,
    pre_dispatch_on,
    python_dispatcher_on,
)

OFF, VIEWS, COPIES = Functionalization(False, False), Functionalization(True, True), Functionalization(True, False)
STATES = (OFF, VIEWS, COPIES)


@pytest.fixture(autouse=True)
def _restored():
    before = functionalization()
    yield
    set_functionalization(before)


@pytest.mark.parametrize("before", STATES)
@pytest.mark.parametrize("wanted", STATES)
def test_any_state_is_reached_from_any(before, wanted):
    set_functionalization(before)
    set_functionalization(wanted)
    assert functionalization() == wanted
    wrapped = torch._is_functional_tensor(torch.zeros(1))
    set_functionalization(OFF)
    assert wrapped is wanted.on


@pytest.mark.parametrize("state", STATES)
def test_suspension_and_torchs_agree(state):
    set_functionalization(state)
    for suspended in (functionalization_suspended, python_dispatch.suspend_functionalization):
        with suspended():
            assert functionalization() == OFF
            with suspended():
                assert functionalization() == OFF
            assert functionalization() == OFF
        assert functionalization() == state
        with pytest.raises(KeyError), suspended():
            raise KeyError
        assert functionalization() == state


def test_the_state_before_is_given():
    set_functionalization(COPIES)
    with functionalization_suspended() as before:
        assert before == COPIES


@pytest.mark.parametrize("left", STATES)
@pytest.mark.parametrize("state", STATES)
def test_what_the_body_leaves_is_undone(state, left):
    set_functionalization(state)
    with functionalization_suspended():
        set_functionalization(left)
    assert functionalization() == state


def turned_on_and_raised():
    set_functionalization(VIEWS)
    raise KeyError


def test_what_the_body_raised_is_raised_whatever_it_left():
    set_functionalization(COPIES)
    with pytest.raises(KeyError), functionalization_suspended():
        turned_on_and_raised()
    assert functionalization() == COPIES


def test_torchs_own_loses_what_the_body_raised():
    """The difference, pinned: torch restores without looking, and its complaint hides the body's."""
    set_functionalization(COPIES)
    with pytest.raises(RuntimeError, match="nesting") as caught, python_dispatch.suspend_functionalization():
        turned_on_and_raised()
    assert isinstance(caught.value.__context__, KeyError)
    assert functionalization() == VIEWS


def test_torchs_own_leaves_what_the_body_turned_on():
    with python_dispatch.suspend_functionalization():
        set_functionalization(VIEWS)
    assert functionalization() == VIEWS


@pytest.mark.parametrize(
    ("ours", "torchs", "asked", "inside"),
    [
        (enable_python_dispatcher, python_dispatch.enable_python_dispatcher, python_dispatcher_on, True),
        (no_python_dispatcher, python_dispatch.no_python_dispatcher, python_dispatcher_on, False),
        (enable_pre_dispatch, python_dispatch.enable_pre_dispatch, pre_dispatch_on, True),
    ],
)
@pytest.mark.parametrize("around", [None, enable_python_dispatcher, no_python_dispatcher, enable_pre_dispatch])
def test_guards_are_torchs_and_nest(ours, torchs, asked, inside, around):
    def seen(guard):
        found = [asked()]
        with guard():
            found.append(asked())
            with guard():
                found.append(asked())
            found.append(asked())
        found.append(asked())
        with pytest.raises(KeyError), guard():
            raise KeyError
        return [*found, asked()]

    if around is None:
        assert seen(ours) == seen(torchs) == [False, inside, inside, inside, False, False]
    else:
        with around():
            outside = asked()
            assert seen(ours) == seen(torchs) == [outside, inside, inside, inside, outside, outside]
