"""What a schema's annotations allow, read off the installed torch."""

from viewproof.samples.annotations import annotations_of


def test_a_view_a_list_of_views_and_a_copy():
    assert annotations_of("aten.t.default").may_lie_on(0, "self")
    assert annotations_of("aten.split.Tensor").may_lie_on(0, "self")
    assert annotations_of("aten.split.Tensor").may_meet(0, 0)
    assert not annotations_of("aten.relu.default").may_lie_on(0, "self")
    assert not annotations_of("aten.aminmax.default").may_meet(0, 1)


def test_what_is_written():
    assert annotations_of("aten.add_.Tensor").writes == {"self"}
    says = annotations_of("aten.sort.values")
    assert says.writes == {"values", "indices"}
    assert says.written == (True, True)
    assert says.may_lie_on(0, "values")
    assert not says.may_lie_on(0, "indices")
    assert annotations_of("aten._foreach_add_.List").writes == {"self"}
