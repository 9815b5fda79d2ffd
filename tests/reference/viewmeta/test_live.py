"""The live classes: which must be there and why, what their tuples hold, what a recorded call says."""

import pytest

from viewproof_reference.viewmeta import BY_HAND, LiveClass, live_classes, sample_tuple, view_group
from viewproof_reference.viewmeta.live import RETURN_MODES, Slot, all_live_classes, recorded_tuple, tuple_slots
from viewproof_reference.viewmeta.refusal import ApiRefusal
from viewproof_reference.viewmeta.schema import parse_schema

SLICE = "slice.Tensor(Tensor(a) self, int dim=0, SymInt? start=None, SymInt? end=None, SymInt step=1) -> Tensor(a)"
SPLIT = "split.Tensor(Tensor(a -> *) self, SymInt split_size, int dim=0) -> Tensor(a)[]"
SELECT = "select.int(Tensor(a) self, int dim, SymInt index) -> Tensor(a)"
EXPAND = "expand(Tensor(a) self, SymInt[] size, *, bool implicit=False) -> Tensor(a)"
T = "t(Tensor(a) self) -> Tensor(a)"
T_ = "t_(Tensor(a!) self) -> Tensor(a!)"


def recorded(text, *arguments, reapply_views=True, out_index=0, symbolic=False, **keywords):
    schema = parse_schema(text)
    return recorded_tuple(
        schema, arguments, keywords, reapply_views=reapply_views, out_index=out_index, symbolic=symbolic
    )


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


def test_all_classes_are_those_of_the_groups_and_those_by_hand():
    found = all_live_classes(
        [view_group(T, "t_copy(Tensor self) -> Tensor", composite=False), view_group(SPLIT, composite=True)]
    )
    assert set(found) == {"t_ViewMeta", "resize__ViewMeta", "_unsafe_view_ViewMeta"}
    assert {live.types for live in BY_HAND.values()} == {"(bool, SymInt[])", "(bool, int[])"}


def test_a_recorded_call_has_its_defaults_filled_in():
    assert recorded(SLICE, 2) == (False, True, "ViewOrScatterInverse", 2, None, None, 1)
    assert recorded(SLICE, 0, 1, step=3, reapply_views=False) == (False, False, "NeverView", 0, 1, None, 3)
    assert recorded(SPLIT, 2, dim=1, out_index=4) == (False, 4, True, "ViewOrScatterInverse", 2, 1)
    assert recorded(EXPAND, [2, 3], symbolic=True)[0] is True
    assert recorded(EXPAND, [2, 3], implicit=True)[3:] == ([2, 3], True)


def test_a_number_stands_for_a_list_of_a_fixed_size():
    assert recorded("f(Tensor(a) self, int[2] x) -> Tensor(a)", 7)[3:] == ([7, 7],)


def test_a_default_that_is_a_word_stays_one():
    text = "f(Tensor(a) self, *, MemoryFormat m=contiguous_format, bool b=True, int[] d=[0, 1]) -> Tensor(a)"
    assert recorded(text)[3:] == ("contiguous_format", True, [0, 1])


def test_the_classes_by_hand_record_less():
    assert recorded("_unsafe_view(Tensor self, SymInt[] size) -> Tensor", [6]) == (False, [6])
    text = "resize_(Tensor(a!) self, SymInt[] size, *, MemoryFormat? memory_format=None) -> Tensor(a!)"
    assert recorded(text, [6], reapply_views=False) == (False, [6])


@pytest.mark.parametrize(
    ("arguments", "keywords", "says"),
    [
        ((1, 2, 3), {}, "at most 2 arguments, got 3"),
        ((1,), {}, "wanted a value for SymInt index"),
        ((1, 2), {"dim": 1}, "got dim twice"),
        ((1, 2), {"size": 1}, "size"),
    ],
)
def test_a_call_that_the_schema_does_not_take_is_refused(arguments, keywords, says):
    with pytest.raises(ApiRefusal, match=says):
        recorded(SELECT, *arguments, **keywords)


def test_keyword_only_arguments_are_not_positional():
    with pytest.raises(ApiRefusal, match="at most 1"):
        recorded(EXPAND, [2], True)


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
