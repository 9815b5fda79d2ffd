"""The clause on the fake cache fails where an answer is computed anew, and on nothing else."""

import pytest
from rule_doctoring import seen, subject

from viewproof.contract.installed import find_target

PROVED = [("fake.kept", lambda one: one.with_("kept", False))]


@pytest.mark.parametrize(("name", "broken"), PROVED)
def test_the_clause_fails_alone(name, broken):
    one = seen("aten.transpose.int(float32[3,4], 0, 1)", "fake")
    assert one.failing() == set()
    assert broken(one).failing() == {name}


@pytest.mark.parametrize("text", ["aten.flatten.using_ints(float32[3,4], 0, 1)", "aten.split.Tensor(float32[3], 1)"])
def test_it_is_not_asked_of_what_the_cache_need_not_keep(text):
    assert not find_target("fake").probe("kept").given(subject(text).traits)
