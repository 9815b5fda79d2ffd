"""Each aliasing clause fails on what it is about, and on nothing else."""

from dataclasses import replace

import pytest
from rule_doctoring import doctored, failing, seen

from viewproof.contract.installed import all_rules

CASE = "aten.transpose.int(float32[3,4]:[5,1]+2@40, 0, 1)"
COPY = "aten.contiguous.default(float32[3,4]:[1,3])"
#: Clause -> (case, what an output must show to break it and no other clause).
PROVED = {
    "alias.storage": (CASE, {"shares": None}),
    "alias.identity": (CASE, {"identity": True}),
    "alias.bounds": (CASE, lambda output: {"facts": output.facts._replace(storage_bytes=60)}),
    "alias.read": (CASE, lambda output: {"reads": [output.reads[0][::-1], *output.reads[1:]]}),
    "alias.write-through": (CASE, lambda output: {"changed": output.changed - {max(output.changed)}}),
    "alias.inputs-unchanged": (CASE, None),
    "alias.version": (CASE, {"version_shared": False}),
    "alias.base": (CASE, {"base": "none"}),
}
#: More ways to break a clause.
MORE = [
    ("alias.storage", COPY, {"shares": "self"}),
    ("alias.identity", "aten.contiguous.default(float32[3,4])", {"identity": False}),
    ("alias.write-through", COPY, {"changed": {0, 1}}),
    ("alias.write-through", CASE, {"changed": set()}),
    ("alias.version", COPY, {"version_shared": True}),
    ("alias.base", COPY, {"base": "the operand"}),
    ("alias.base", CASE, {"base": "another"}),
    ("alias.base", "aten.detach.default(float32[3]~grad)", {"base": "the operand"}),
]


def broken(observation, changes):
    if changes is None:
        return replace(observation, inputs_changed="self: its storage was written")
    return doctored(observation, **(changes(observation.outputs[0]) if callable(changes) else changes))


@pytest.mark.parametrize(("name", "text", "changes"), [*((name, *how) for name, how in PROVED.items()), *MORE])
def test_the_clause_fails_alone(name, text, changes):
    subject, observation, rules = seen(text)
    assert failing(subject, observation, rules) == set()
    # A storage shorter than the output reaches is of course not the storage that was expected.
    alone = [rule for rule in rules if not rule.name.startswith("layout.")]
    assert failing(subject, broken(observation, changes), alone) == {name}


def test_an_output_outside_its_storage_is_neither_read_nor_written():
    subject, observation, rules = seen(CASE)
    outside = doctored(observation, outside=True, reads=[], changed=None, version_shared=None, base=None)
    assert failing(subject, outside, rules) == {"alias.read", "alias.write-through"}


@pytest.mark.parametrize(("text", "word"), [(CASE, "does not follow"), (COPY, "follows the base")])
def test_a_write_to_the_base_shows_in_views_only(text, word):
    subject, observation, _ = seen(text)
    first = observation.outputs[0].reads[0]
    reads = [first, first] if text == CASE else [first, first[::-1]]
    difference = all_rules()["alias.write-through"].check(subject, doctored(observation, reads=reads))
    assert word in difference.shape


def test_a_read_of_the_right_bytes_in_the_wrong_places_names_the_element():
    subject, observation, _ = seen(CASE)
    first = observation.outputs[0].reads[0]
    swapped = first[:4] + first[8:12] + first[4:8] + first[12:]
    difference = all_rules()["alias.read"].check(subject, doctored(observation, reads=[swapped]))
    assert "element 1" in difference.observed
    assert difference.expected != difference.observed
    assert first[4:8].hex() in difference.expected, "what is expected is the expected element"


def test_every_filling_counts():
    subject, observation, rules = seen(CASE)
    reads = observation.outputs[0].reads
    assert failing(subject, doctored(observation, reads=[reads[0], reads[1][::-1]]), rules) == {"alias.read"}
