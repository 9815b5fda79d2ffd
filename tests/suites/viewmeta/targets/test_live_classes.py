"""The live ViewMeta classes against the reference: which there are, their tuples, what functionalization records."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from viewproof_reference.viewmeta import BY_HAND, bindings, live_classes, sample_tuple, view_group
from viewproof_reference.viewmeta.live import RETURN_MODES, Slot, tuple_slots
from viewproof_reference.viewmeta.schema import parse_schema
from viewproof_suites.viewmeta.targets.live_classes import (
    LIVE,
    live_class_names,
    observed_types,
    plain_tuple,
    round_trip,
)
from viewproof_suites.viewmeta.targets.torchgen_api import observed_answers, view_groups

GROUPS = {
    group.name: view_group(group.view, group.copy, group.inplace, composite=group.composite) for group in view_groups()
}
CLASSES = {live.name: live for group in GROUPS.values() for live in live_classes(group)}
CLASSES |= {live.name: live for live in BY_HAND.values()}
#: Classes that may keep references to what is gone: see test_classes_that_keep_a_tensor and test_classes_by_hand.
UNSAFE = {name for name, live in CLASSES.items() if any("Tensor" in slot.type for slot in live.slots)}
UNSAFE |= {live.name for live in BY_HAND.values()}


def test_the_classes_are_those_of_the_reference():
    assert live_class_names() == CLASSES.keys()
    if torch.__version__.startswith("2.13."):
        assert len(CLASSES) == 52


def test_the_return_modes_are_those_of_the_reference():
    assert tuple(LIVE.InverseReturnMode.__members__) == RETURN_MODES


@pytest.mark.parametrize("name", CLASSES)
def test_the_tuple_has_the_types_of_the_reference(name):
    types = CLASSES[name].types
    assert observed_types(name) == {"constructor": types, "as_tuple": types}


@pytest.mark.parametrize("name", CLASSES)
def test_a_wrong_tuple_is_seen(name):
    slots = CLASSES[name].slots
    for wrong in (slots[:-1], (*slots, Slot("int", "more")), (Slot("SymInt", slots[0].name), *slots[1:])):
        assert CLASSES[name]._replace(slots=wrong).types not in observed_types(name).values()


@pytest.mark.parametrize("name", sorted(CLASSES.keys() - UNSAFE))
def test_a_class_gives_back_its_tuple(name):
    sample = sample_tuple(CLASSES[name])
    assert round_trip(CLASSES[name], sample) == sample


def test_a_tuple_in_another_order_is_seen():
    """The samples tell the places apart: a class that swapped two would give back another tuple."""
    live = CLASSES["select_int_ViewMeta"]
    *rest, dim, index = sample_tuple(live)
    assert round_trip(live, (*rest, index, dim)) != (*rest, dim, index)


def test_what_is_no_signature_is_shown_as_it_stands(monkeypatch):
    """It is another answer than the reference's, and no fault of ours."""
    name = "select_int_ViewMeta"

    class Bare:
        """No signature."""

    monkeypatch.setattr(LIVE, name, Bare)
    assert observed_types(name) == {
        "constructor": f"no signature: {Bare.__init__.__doc__!r}",
        "as_tuple": "no signature: None",
    }


def test_a_class_that_is_not_there_is_refused():
    with pytest.raises(KeyError, match="no_such_ViewMeta"):
        observed_types("no_such_ViewMeta")


ASK = """
from viewproof_suites.viewmeta.targets.live_classes import round_trip
from viewproof_reference.viewmeta.live import LiveClass, Slot, sample_tuple
live = {live!r}
print(round_trip(live, sample_tuple(live)) == sample_tuple(live))
"""


def gives_back(live):
    """Whether a class gives back its tuple, asked in a process of its own, and what that one said."""
    environment = {"PYTHONPATH": ":".join(sys.path)}
    command = [sys.executable, "-c", ASK.format(live=live)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode <= 0, done.stderr
    return (done.returncode, done.stdout) == (0, "True\n"), done


@pytest.mark.parametrize("name", ["_make_dual", "slice_inverse"])
def test_classes_that_keep_a_tensor(name):
    """One whose members borrow does not give back its tuple: on torch 2.13 it ends the process.

    pytorch/pytorch#184774. Where torchgen lets the members own what they keep, the class gives it back.
    """
    [live] = live_classes(GROUPS[name])
    right, done = gives_back(live)
    assert right is not (" & " in observed_answers(name)["view.attributes_owning"]), done


@pytest.mark.parametrize("live", BY_HAND.values(), ids=BY_HAND)
def test_classes_by_hand(live):
    """One whose tuple borrows a list gives back another: on torch 2.13 the sizes are whatever stands in freed memory.

    pytorch/pytorch#185861. Where the tuple owns the list, the class gives it back.
    """
    header = Path(torch.__file__).parent / "include" / "ATen" / "FunctionalizeFallbackKernel.h"
    declared = header.read_text(encoding="utf-8").split(f"struct TORCH_API {live.name}")[1]
    tuple_types = declared.partition("SERIALIZABLE_TUPLE(")[2].partition(");")[0]
    assert "vector" in tuple_types
    right, done = gives_back(live)
    assert right is not ("&" in tuple_types), done


def recorded(call, base, reapply_views):
    """The steps of each output of a call on a functional tensor. The thread's state is as it was when it returns."""
    wrapped = torch._to_functional_tensor(base)
    torch._enable_functionalization(reapply_views=reapply_views)
    try:
        outputs = call(wrapped)
    finally:
        torch._disable_functionalization()
    outputs = outputs if isinstance(outputs, list | tuple) else [outputs]
    return [LIVE.get_view_meta_sequence(output) for output in outputs]


def expected_tuple(schema, args, kwargs, reapply_views, out_index=0):
    """What a step's tuple must hold: the flags, and each argument after self, none of them left to its default."""
    names = [argument.name for argument in bindings.arguments_after_self(schema)]
    values = dict(zip(names, args, strict=False)) | kwargs
    values |= {
        "has_symbolic_inputs": False,
        "out_index": out_index,
        "reapply_views": reapply_views,
        # With views the inverse is a view too, unless a scatter does it; without, it never is.
        "inverse_return_mode": "ViewOrScatterInverse" if reapply_views else "NeverView",
    }
    return tuple(values[slot.name] for slot in tuple_slots(schema))


ATEN = torch.ops.aten
CALLS = [
    (ATEN.select.int, "select.int", (1, 2), {}),
    (ATEN.slice.Tensor, "slice.Tensor", (2, 1, None, 1), {}),
    (ATEN.split.Tensor, "split.Tensor", (2, 1), {}),
    (ATEN.split_with_sizes, "split_with_sizes", ([1, 2], 1), {}),
    (ATEN.unbind.int, "unbind.int", (-1,), {}),
    (ATEN.expand, "expand", ([5, -1, -1, -1],), {"implicit": False}),
    (ATEN.view, "view", ([6, 4],), {}),
    (ATEN.view.dtype, "view.dtype", (torch.int32,), {}),
    (ATEN.as_strided, "as_strided", ([2], [3], None), {}),
    (ATEN.diagonal, "diagonal", (0, 1, 2), {}),
    (ATEN.unfold, "unfold", (1, 2, 1), {}),
    (ATEN.permute, "permute", ([2, 0, 1],), {}),
    (ATEN.transpose.int, "transpose.int", (0, -1), {}),
    (ATEN.transpose_, "transpose_", (0, 1), {}),
    (ATEN.squeeze_.dims, "squeeze_.dims", ([0, -1],), {}),
    (ATEN.unsqueeze_, "unsqueeze_", (0,), {}),
    (ATEN.alias, "alias", (), {}),
]


@pytest.mark.parametrize("reapply_views", [True, False])
@pytest.mark.parametrize(("operator", "name", "args", "kwargs"), CALLS, ids=[call[1] for call in CALLS])
def test_what_functionalization_records(operator, name, args, kwargs, reapply_views):
    made = {live.name: live for group in GROUPS.values() for live in live_classes(group)}
    schemas = {member.operator: member for group in GROUPS.values() for member in (group.view, group.inplace) if member}
    schema = schemas[name]
    base = torch.arange(24.0).reshape(2, 3, 4)
    sequences = recorded(lambda wrapped: operator(wrapped, *args, **kwargs), base, reapply_views)
    assert sequences
    for place, sequence in enumerate(sequences):
        (step,) = sequence
        live = made[type(step).__name__]
        assert live.name == name.replace(".", "_") + "_ViewMeta"
        expected = expected_tuple(schema, args, kwargs, reapply_views, place)
        words = [str(value).removeprefix("torch.") if isinstance(value, torch.dtype) else value for value in expected]
        assert plain_tuple(live, step.as_tuple()) == tuple(words)
        assert step.has_symbolic_inputs is expected[0]


def test_a_recorded_call_with_other_arguments_is_seen():
    [[step]] = recorded(lambda wrapped: ATEN.select.int(wrapped, 1, 2), torch.arange(6.0).reshape(2, 3), True)
    schema = parse_schema("select.int(Tensor(a) self, int dim, SymInt index) -> Tensor(a)")
    seen = plain_tuple(CLASSES["select_int_ViewMeta"], step.as_tuple())
    assert seen == expected_tuple(schema, (1, 2), {}, True)
    assert seen != expected_tuple(schema, (1, 1), {}, True)
    assert seen != expected_tuple(schema, (1, 2), {}, False)
