"""Copies observed byte by byte: what is held, what was returned, and what torch said."""

import pytest
from rule_doctoring import observe, subject

from viewproof.evidence.copied import copy_scene
from viewproof.evidence.probe import Raised
from viewproof.running.outs import watched


def runs(text):
    (evidence,) = observe("eager", text, probes=("copy",))
    assert evidence == (copy_scene(subject(text)).expected,)
    return evidence[0]


def test_a_copy_is_run_once_where_one_filling_tells_all_elements_apart():
    (run,) = runs("aten.t_copy.default(float32[3,4])")
    assert [one.name for one in run.operands] == ["self"]
    assert run.outputs[0].on is None
    assert len(run.outputs[0].elements) == 48
    assert (run.returned, run.warned, run.together) == (None, False, ())


def test_bools_need_several_fillings():
    found = runs("aten.t_copy.default(bool[3,4])")
    assert len(found) > 3
    assert len({run.operands for run in found}) == len(found)


def test_a_second_operand_holds_other_bytes_than_the_first():
    (laid,) = copy_scene(subject("aten.select_scatter.default(float32[3,4], float32[4], 0, 1)")).laid
    assert laid["src"] != laid["self"][:16]


def test_an_out_is_seen_with_its_whole_storage():
    text = "aten.select_copy.int_out(float32[3,4], 0, 1, out=float32[4]:[2]+1@12)"
    (run,) = runs(text)
    assert run.outputs[0].kept_storage
    assert run.outputs[0].geometry == ((4,), (2,), 1, 48)
    # What lies under the out is told by its elements.
    assert dict(run.outs) == {"out": copy_scene(subject(text)).laid[0]["out"]}
    assert run.returned is True


@pytest.mark.parametrize(("size", "warned"), [("float32[2]", True), ("float32[0]", False), ("float32[4]", False)])
def test_the_warning_of_a_resize_is_heard(size, warned):
    (run,) = runs(f"aten.select_copy.int_out(float32[3,4], 0, 1, out={size})")
    assert run.warned is warned
    assert run.outputs[0].geometry[0] == (4,)


def test_a_list_of_outs_is_returned_as_nothing_and_seen_as_outputs():
    text = "aten.unbind_copy.int_out(int64[2,3], out=[int64[3],int64[3]:[2]@9])"
    (run,) = runs(text)
    assert run.returned is None
    assert [name for name, _ in run.outs] == ["out.0", "out.1"]
    assert [one[10] for one in observe("eager", text)[0][0]] == ["out.0", "out.1"]


def test_an_out_on_the_operands_storage_is_one_storage_under_two_names():
    text = "$0=float32@8; aten.alias_copy.out($0[4], out=$0[4]+2)"
    (run,) = runs(text)
    assert [name for name, _ in run.outs] == ["self", "out"]
    assert observe("eager", text)[0][0][0][10] == "self"


@pytest.mark.parametrize("target", ["meta", "fake"])
def test_targets_without_data_take_outs_and_lists_of_them(target):
    ((single,),) = observe(target, "aten.select_copy.int_out(float32[3,4], 0, 1, out=float32[2])")
    assert [one[0] for one in single] == [(4,)]
    ((several,),) = observe(target, "aten.unbind_copy.int_out(int64[2,3], out=[int64[3],int64[3]])")
    assert [one[10] for one in several] == ["out.0", "out.1"]


def test_what_torch_refuses_is_the_evidence():
    text = "aten.select_copy.int_out(float32[3,4], 0, 1, out=int32[4])"
    (evidence,) = observe("eager", text, probes=("facts",))
    assert isinstance(evidence, Raised)
    assert evidence.classes[0] == "RuntimeError"


def test_watched_hands_on_results_and_errors():
    assert watched(lambda: 3) == (3, False)
    with pytest.raises(ValueError, match="digits"):
        watched(lambda: int("digits"))
