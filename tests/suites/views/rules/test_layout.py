"""Each layout clause fails on what it is about, and on nothing else."""

from dataclasses import replace

import pytest
from rule_doctoring import doctored, failing, seen

from viewproof.contract.installed import all_rules
from viewproof.evidence.observation import OutputObservation

CASE = "aten.transpose.int(float32[3,4,1]:[5,1,7]+2@40, 0, 1)"
#: Clause -> the facts that break it and no other clause.
PROVED = {
    "layout.size": {"size": (4, 2, 1)},
    "layout.stride": {"stride": (2, 5, 7)},
    "layout.stride-exact": {"stride": (1, 5, 1)},
    "layout.offset": {"offset": 1},
    "layout.dtype": {"dtype": "int32"},
    "layout.flags": {"neg": True},
}


@pytest.mark.parametrize("target", ["eager", "meta", "fake"])
@pytest.mark.parametrize("name", PROVED)
def test_the_clause_fails_alone(name, target):
    subject, observation, rules = seen(CASE, target)
    assert failing(subject, observation, rules) == set()
    changed = doctored(observation, facts=observation.outputs[0].facts._replace(**PROVED[name]))
    assert failing(subject, changed, rules) == {name}


def test_a_lost_output_is_a_difference_of_size():
    subject, observation, _ = seen("aten.unbind.int(float32[3,4], 0)")
    lost = replace(observation, outputs=observation.outputs[:-1])
    difference = all_rules()["layout.size"].check(subject, lost)
    assert (difference.expected, difference.observed) == ("3 outputs", "2 outputs")


def test_the_output_at_fault_is_named():
    subject, observation, _ = seen("aten.unbind.int(float32[3,4], 0)")
    facts = observation.outputs[2].facts._replace(offset=3)
    wrong = replace(observation, outputs=[*observation.outputs[:2], replace(observation.outputs[2], facts=facts)])
    assert all_rules()["layout.offset"].check(subject, wrong).observed == "output 2: offset 3"


@pytest.mark.parametrize("change", [{"conj": True}, {"device": "meta"}, {"layout": "sparse_coo"}])
def test_every_flag_counts(change):
    subject, observation, _ = seen(CASE)
    wrong = doctored(observation, facts=observation.outputs[0].facts._replace(**change))
    assert all_rules()["layout.flags"].check(subject, wrong) is not None


def test_components_count_as_strides():
    subject, observation, _ = seen("aten.alias.default(float32[3,4])")
    facts = observation.outputs[0].facts
    assert all_rules()["layout.stride"].check(subject, doctored(observation, facts=facts._replace(detail=(1,))))


def test_strides_without_elements_are_exact_ones_only():
    subject, observation, rules = seen("aten.transpose.int(float32[0,3], 0, 1)")
    facts = observation.outputs[0].facts
    assert failing(subject, doctored(observation, facts=facts._replace(stride=(9, 9))), rules) == {
        "layout.stride-exact"
    }


def test_layout_clauses_hold_wherever_facts_are_equal():
    """What lets a glance skip them: whatever else an observation says, equal facts pass."""
    some = [CASE, "aten.unbind.int(float32[3,4], 0)", "aten.contiguous.default(float32[3,4]:[1,3])"]
    for text in [*some, "aten.transpose.int(float32[0,3], 0, 1)", "aten.conj.default(complex64[2])"]:
        subject, observation, _ = seen(text)
        junk = [
            OutputObservation(facts, "nobody", True, outside=True, changed={1}, reads=[b"x"], note="junk")
            for facts in subject.expected_facts
        ]
        for rule in all_rules().values():
            if rule.name.startswith("layout."):
                assert rule.check(subject, replace(observation, outputs=junk, inputs_changed="junk")) is None


def test_every_layout_clause_is_glanced():
    layout = {rule.name for rule in all_rules().values() if rule.name.startswith("layout.")}
    assert layout == set(PROVED)
    assert all(all_rules()[name].glanced for name in layout)
