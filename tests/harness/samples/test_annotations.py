"""What a schema's annotations allow, read off the installed torch."""

from viewproof.cases import parse_case
from viewproof.evidence.expectation import expect
from viewproof.samples.annotations import AnnotationAnswers, annotations_of
from viewproof.samples.cases import SampleCase


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


def test_a_sample_is_expected_to_do_what_its_schema_says():
    case = parse_case("sample(aten.add_.Tensor(float32[2], float32[2]))")
    assert type(case) is SampleCase
    answers = expect(case).answers
    assert answers == AnnotationAnswers("self", {"return 0": "alias of self"})
    assert answers.by_name() == {"writes": "self", "return 0": "alias of self"}
    assert expect(parse_case("samples(aten.relu.default)")).answers == AnnotationAnswers("nothing", {})
