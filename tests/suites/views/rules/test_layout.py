"""Each layout clause fails on what it is about, and on nothing else."""

import pytest
from rule_doctoring import facts, first, seen

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


def layout(found):
    return {name for name in found if name.startswith("layout.")}


@pytest.mark.parametrize("target", ["eager", "meta", "fake"])
@pytest.mark.parametrize("name", PROVED)
def test_the_clause_fails_alone(name, target):
    one = seen(CASE, target)
    assert one.failing() == set()
    assert one.with_("facts", first(one.observed["facts"], **PROVED[name])).failing() == {name}


def test_every_layout_clause_is_proved():
    assert {rule.name for rule in seen(CASE).rules if rule.name.startswith("layout.")} == set(PROVED)


def test_a_lost_output_is_a_difference_of_size():
    one = seen("aten.unbind.int(float32[3,4], 0)")
    difference = one.with_("facts", one.observed["facts"][:-1]).check("layout.size")
    assert (difference.expected, difference.observed) == ("3 outputs", "2 outputs")


def test_the_output_at_fault_is_named():
    one = seen("aten.unbind.int(float32[3,4], 0)")
    head, middle, last = facts(one.observed["facts"])
    wrong = one.with_("facts", (head, middle, last._replace(offset=3)))
    assert wrong.check("layout.offset").observed == "output 2: offset 3"


@pytest.mark.parametrize("change", [{"conj": True}, {"device": "meta"}, {"layout": "sparse_coo"}])
def test_every_flag_counts(change):
    one = seen(CASE)
    assert one.with_("facts", first(one.observed["facts"], **change)).check("layout.flags") is not None


def test_components_count_as_strides():
    one = seen("aten.alias.default(float32[3,4])")
    assert one.with_("facts", first(one.observed["facts"], detail=(1,))).check("layout.stride")


def test_strides_without_elements_are_exact_ones_only():
    one = seen("aten.transpose.int(float32[0,3], 0, 1)")
    assert one.with_("facts", first(one.observed["facts"], stride=(9, 9))).failing() == {"layout.stride-exact"}


@pytest.mark.parametrize(
    ("text", "blind"),
    [
        ("aten.alias.default(float32[3,4])", {"layout.stride-exact"}),
        ("aten.alias.default(float32[0,3])", {"layout.stride"}),
        ("aten.alias.default(float32[1])", {"layout.stride"}),
        ("aten.alias.default(float32[])", {"layout.stride", "layout.stride-exact"}),
        ("aten.alias.default(float32[3,1])", set()),
    ],
)
def test_strides_that_no_dimension_has_are_unseen(text, blind):
    one = seen(text, "meta")
    assert {rule.name for rule in one.rules if rule.sees and not rule.sees(one.expected["facts"])} == blind
