"""Eager observes data: what is read, what a write changes, and nothing left behind for the next case."""

import warnings

import pytest
from installed_targets import all_targets

from viewproof.cases import parse_case
from viewproof.contract.installed import find_target
from viewproof.evidence.expectation import expect
from viewproof.evidence.subject import subject_of

PROBES = frozenset({"facts", "values", "replay", "gradient"})
VIEW = "aten.transpose.int(float32[3,4]~grad, 0, 1)"


def observe(*texts, probes=PROBES):
    target = find_target("eager")
    cases = [parse_case(text) for text in texts]
    with warnings.catch_warnings(action="ignore"), target.open("cpu", cases[0].operator) as session:
        seen = [session.observe(subject_of(case, expect(case), "cpu"), probes) for case in cases]
        session.flush()
    return seen


def test_a_view_shares_and_follows():
    (observation,) = observe(VIEW)
    assert observation.error is None
    (output,) = observation.outputs
    assert (output.shares, output.identity, output.version_shared, output.base) == ("self", False, True, "the operand")
    assert output.reads[0] != output.reads[1]
    assert output.changed == set(range(48))
    assert output.replay_shares
    assert len(observation.gradient) == 12


def test_a_copy_does_neither():
    (output,) = observe("aten.contiguous.default(float32[3,4]:[1,3])", probes=frozenset({"facts", "values"}))[0].outputs
    assert (output.shares, output.version_shared, output.base, output.changed) == (None, False, "none", set())
    assert output.reads[0] == output.reads[1]


def test_only_what_is_asked_for_is_observed():
    (observation,) = observe(VIEW, probes=frozenset({"facts"}))
    assert not observation.outputs[0].reads
    assert observation.outputs[0].changed is None
    assert observation.gradient is None


def test_an_exception_is_an_observation():
    (observation,) = observe("aten.transpose.int(float32[3,4], 0, 7)")
    assert observation.error[0][0] == "IndexError"
    assert observation.outputs == []


def test_a_case_leaves_nothing_behind():
    first, _, third = observe(VIEW, "aten.transpose.int(float32[3,4], 1, 1)", VIEW)
    assert first == third


@pytest.mark.parametrize("name", all_targets())
def test_targets_are_found_by_name(name):
    assert find_target(name).name == name


def test_an_unknown_target_lists_those_there_are():
    with pytest.raises(ValueError, match="wanted one of eager, meta"):
        find_target("eagre")
