"""Each aliasing clause fails on what it is about, and on nothing else."""

import pytest
from rule_doctoring import first, seen

CASE = "aten.transpose.int(float32[3,4]:[5,1]+2@40, 0, 1)"
COPY = "aten.contiguous.default(float32[3,4]:[1,3])"


def facts(**changes):
    return lambda one: one.with_("facts", first(one.observed["facts"], **changes))


def values(change):
    def doctored(one):
        data = one.observed["values"]
        output = data.outputs[0]
        return one.with_("values", data._replace(outputs=(output._replace(**change(output)), *data.outputs[1:])))

    return doctored


def operand(**changes):
    def doctored(one):
        data = one.observed["values"]
        return one.with_("values", data._replace(operands=(data.operands[0]._replace(**changes),)))

    return doctored


#: (clause, case, how to break it and no other clause).
PROVED = [
    ("alias.storage", CASE, facts(on=None)),
    ("alias.storage", COPY, facts(on="self")),
    ("alias.identity", CASE, facts(identity=True)),
    ("alias.identity", "aten.contiguous.default(float32[3,4])", facts(identity=False)),
    ("alias.bounds", CASE, facts(storage_bytes=60)),
    ("alias.bounds", CASE, facts(storage_bytes=400)),
    ("alias.bounds", COPY, facts(storage_bytes=40)),
    ("alias.read", CASE, values(lambda one: {"reads": (one.reads[0][::-1],)})),
    ("alias.read", CASE, values(lambda one: {"later": (one.later[0][::-1],)})),
    ("alias.read", COPY, values(lambda one: {"reads": (one.reads[0][::-1],)})),
    ("alias.read", CASE, values(lambda one: {"reads": ()})),
    ("alias.read", CASE, values(lambda one: {"width": 8})),
    ("alias.write-through", CASE, values(lambda one: {"written": one.written.replace(b"\0", b"\1", 1)})),
    ("alias.write-through", CASE, values(lambda one: {"written": b"\1" * len(one.written)})),
    ("alias.write-through", COPY, values(lambda one: {"written": b"\0" + one.written[1:]})),
    ("alias.write-through", COPY, values(lambda one: {"later": (one.reads[0][::-1],)})),
    ("alias.inputs-unchanged", CASE, operand(content=b"")),
    ("alias.inputs-unchanged", CASE, operand(size=(4, 3))),
    ("alias.inputs-unchanged", CASE, operand(storage_bytes=3)),
    ("alias.inputs-unchanged", CASE, operand(kept=False)),
    ("alias.version", CASE, values(lambda _: {"moved": False})),
    ("alias.version", CASE, values(lambda _: {"moved": None})),
    ("alias.version", COPY, values(lambda _: {"moved": True})),
    ("alias.base", CASE, values(lambda _: {"base": "none"})),
    ("alias.base", CASE, values(lambda _: {"base": "another"})),
    ("alias.base", COPY, values(lambda _: {"base": "the operand"})),
    ("alias.base", "aten.detach.default(float32[3]~grad)", values(lambda _: {"base": "the operand"})),
]


@pytest.mark.parametrize(("name", "text", "broken"), PROVED)
def test_the_clause_fails_alone(name, text, broken):
    one = seen(text)
    assert one.failing() == set()
    assert broken(one).failing() == {name}


def test_every_clause_is_proved():
    assert {name for name, _, _ in PROVED} == {rule.name for rule in seen(CASE).rules if rule.name.startswith("alias.")}


def test_an_output_that_is_not_reached_is_neither_read_nor_written():
    one = values(
        lambda _: {"reached": "leaves its storage", "reads": (), "later": (), "moved": None, "base": None}
    )(seen(CASE))  # fmt: skip
    assert one.failing() == {"alias.read", "alias.write-through"}
    assert one.check("alias.read").shape == "leaves its storage"


def test_a_view_that_does_not_follow_its_base_reads_other_elements_too():
    one = values(lambda _: {"later": (None,)})(seen(CASE))
    assert one.failing() == {"alias.read", "alias.write-through"}
    assert one.check("alias.write-through").shape == "does not follow the base"


def test_a_read_of_the_right_bytes_in_the_wrong_places_names_the_element():
    one = seen(CASE)
    content = one.observed["values"].outputs[0].reads[0]
    swapped = content[:4] + content[8:12] + content[4:8] + content[12:]
    difference = values(lambda _: {"reads": (swapped,)})(one).check("alias.read")
    assert "element 1" in difference.observed
    assert content[4:8].hex() in difference.expected, "what is expected is the expected element"


def test_a_copy_may_be_a_view_of_an_intermediate_and_its_storage_have_slack():
    one = seen(COPY)
    assert values(lambda _: {"base": "another"})(one).failing() == set()
    assert facts(storage_bytes=48 + 64)(one).failing() == set()


@pytest.mark.parametrize(
    ("text", "blind"),
    [
        (CASE, set()),
        ("aten.alias.default(float32[0,3])", {"alias.read", "alias.write-through"}),
        ("aten.to.dtype(float32[3], int32)", set()),
        ("aten.contiguous.default(float32[3,4])", {"alias.base"}),
    ],
)
def test_what_has_nothing_to_compare_is_unseen(text, blind):
    one = seen(text, probes=("values",))
    assert {rule.name for rule in one.rules if rule.sees and not rule.sees(one.expected["values"])} == blind
