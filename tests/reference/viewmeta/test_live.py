"""The live classes: which must be there and why, what their tuples hold."""

import pytest

from viewproof_reference.viewmeta import LiveClass, live_classes, sample_tuple, view_group
from viewproof_reference.viewmeta.live import RETURN_MODES, Slot, tuple_slots
from viewproof_reference.viewmeta.refusal import ApiRefusal
from viewproof_reference.viewmeta.schema import parse_schema

SPLIT = "split.Tensor(Tensor(a -> *) self, SymInt split_size, int dim=0) -> Tensor(a)[]"
SELECT = "select.int(Tensor(a) self, int dim, SymInt index) -> Tensor(a)"
T = "t(Tensor(a) self) -> Tensor(a)"
T_ = "t_(Tensor(a!) self) -> Tensor(a!)"


def test_slots_have_types_and_names():
    assert [slot.name for slot in tuple_slots(parse_schema(SELECT))] == [
        "has_symbolic_inputs", "reapply_views", "inverse_return_mode", "dim", "index",
    ]  # fmt: skip
    assert [slot.type for slot in tuple_slots(parse_schema(SPLIT))] == [
        "bool", "int", "bool", "InverseReturnMode", "SymInt", "int",
    ]  # fmt: skip
    sized = parse_schema("f(Tensor(a) self, int[2]? x) -> Tensor(a)")
    assert tuple_slots(sized)[-1] == Slot("int[]?", "x")


def test_a_group_has_a_class_for_its_view_and_one_for_its_in_place_variant():
    view, inplace = live_classes(view_group(T, "t_copy(Tensor self) -> Tensor", T_, composite=False))
    assert (view.name, inplace.name) == ("t_ViewMeta", "t__ViewMeta")
    assert view.types == "(bool, bool, InverseReturnMode)"
    assert "in-place variant of t" in inplace.reason


def test_a_composite_view_has_no_class():
    assert live_classes(view_group(T, "t_copy(Tensor self) -> Tensor", T_, composite=True)) == ()


def test_somebody_must_say_whether_a_view_is_composite():
    with pytest.raises(ApiRefusal, match="composite"):
        live_classes(view_group(T))


def test_samples_tell_the_places_apart():
    slots = tuple(
        Slot(kind, f"x{place}") for place, kind in enumerate(("bool", "bool", "int", "int", "int[]", "int[]?"))
    )
    sample = sample_tuple(LiveClass("f", "", slots))
    assert sample[0] is not sample[1]
    flat = [*sample[2:4], *sample[4], *sample[5]]
    assert len(set(flat)) == len(flat) == 6
    mode = sample_tuple(LiveClass("f", "", (Slot("InverseReturnMode", "m"),)))
    assert mode[0] in RETURN_MODES


def test_a_type_without_sample_is_refused():
    with pytest.raises(ApiRefusal, match="Storage"):
        sample_tuple(LiveClass("f", "", (Slot("Storage", "s"),)))
