"""Copies observed byte by byte: what was laid, what is held, what was returned, and what torch said."""

import warnings

import pytest
import torch

from viewproof.cases import parse_case
from viewproof.contract.installed import find_target
from viewproof.evidence.expectation import expect
from viewproof.evidence.subject import subject_of
from viewproof.running.copying import storage_bytes
from viewproof.running.outs import watched


def runs(text, target="eager", probes=("facts", "copy")):
    case = parse_case(text)
    found = find_target(target)
    subject = subject_of(case, expect(case))
    with warnings.catch_warnings(action="ignore"), found.open("cpu", case.operator) as session:
        observation = session.observe(subject, frozenset(probes))
        session.flush()
    return observation


def test_a_copy_is_run_once_where_one_filling_tells_all_elements_apart():
    observation = runs("aten.t_copy.default(float32[3,4])")
    (run,) = observation.answers.copying
    assert run.laid == run.after
    assert run.outputs[0].on is None
    assert len(run.outputs[0].content) == 48
    assert (run.returned, run.warned, run.together) == (None, False, ())


def test_bools_need_several_fillings():
    found = runs("aten.t_copy.default(bool[3,4])").answers.copying
    assert len(found) > 3
    assert len({run.laid["self"] for run in found}) == len(found)


def test_a_second_operand_holds_other_bytes_than_the_first():
    (run,) = runs("aten.select_scatter.default(float32[3,4], float32[4], 0, 1)").answers.copying
    assert run.laid["src"] != run.laid["self"][:16]


def test_an_out_is_seen_with_its_whole_storage():
    text = "aten.select_copy.int_out(float32[3,4], 0, 1, out=float32[4]:[2]+1@12)"
    observation = runs(text)
    (run,) = observation.answers.copying
    assert run.outputs[0].on == "out"
    assert run.outputs[0].kept_storage
    assert len(run.laid["out"]) == 48
    assert run.laid["out"][:4] == run.after["out"][:4]
    assert run.returned is True
    assert observation.outputs[0].shares == "out"


@pytest.mark.parametrize(("size", "warned"), [("float32[2]", True), ("float32[0]", False), ("float32[4]", False)])
def test_the_warning_of_a_resize_is_heard(size, warned):
    (run,) = runs(f"aten.select_copy.int_out(float32[3,4], 0, 1, out={size})").answers.copying
    assert run.warned is warned
    assert run.outputs[0].facts.size == (4,)


def test_a_list_of_outs_is_returned_as_nothing_and_seen_as_outputs():
    observation = runs("aten.unbind_copy.int_out(int64[2,3], out=[int64[3],int64[3]:[2]@9])")
    (run,) = observation.answers.copying
    assert run.returned is None
    assert [one.on for one in run.outputs] == ["out.0", "out.1"]
    assert [one.shares for one in observation.outputs] == ["out.0", "out.1"]


def test_an_out_on_the_operands_storage_is_one_storage_under_two_names():
    (run,) = runs("$0=float32@8; aten.alias_copy.out($0[4], out=$0[4]+2)").answers.copying
    assert run.laid["self"] == run.laid["out"]
    assert run.outputs[0].on == "self"
    assert run.after["self"][8:24] == run.laid["self"][:16]


@pytest.mark.parametrize("target", ["meta", "fake"])
def test_targets_without_data_take_outs_and_lists_of_them(target):
    single = runs("aten.select_copy.int_out(float32[3,4], 0, 1, out=float32[2])", target, ("facts",))
    assert [one.facts.size for one in single.outputs] == [(4,)]
    several = runs("aten.unbind_copy.int_out(int64[2,3], out=[int64[3],int64[3]])", target, ("facts",))
    assert [one.shares for one in several.outputs] == ["out.0", "out.1"]


def test_what_torch_refuses_is_the_observation():
    observation = runs("aten.select_copy.int_out(float32[3,4], 0, 1, out=int32[4])")
    assert observation.error[0][0] == "RuntimeError"
    assert observation.answers is None


def test_watched_hands_on_results_and_errors():
    assert watched(lambda: 3) == (3, False)
    with pytest.raises(ValueError, match="digits"):
        watched(lambda: int("digits"))


def test_storage_bytes_reads_what_is_there():
    assert storage_bytes(torch.tensor([1, 2], dtype=torch.int16).untyped_storage()) == b"\x01\x00\x02\x00"
    assert storage_bytes(torch.UntypedStorage(0)) == b""
