"""The targets "fake", "fake-nocache": one mode a chunk, with torch's cache of answers and without it."""

import pytest
from torch._subclasses.fake_tensor import FakeTensorMode

from viewproof.cases import parse_case
from viewproof.contract.installed import find_target
from viewproof.evidence.expectation import expect
from viewproof.evidence.subject import subject_of

VIEW = "aten.transpose.int(float32[3,4], 0, 1)"


def subject(text):
    case = parse_case(text)
    return subject_of(case, expect(case), "cpu")


@pytest.mark.parametrize(("name", "hits"), [("fake", 1), ("fake-nocache", 0)])
def test_only_one_of_them_asks_the_cache(name, hits):
    with find_target(name).open("cpu", "aten.transpose.int") as session:
        FakeTensorMode.cache_clear()
        seen = [session.observe(subject(VIEW), frozenset({"facts"})) for _ in range(3)]
        assert FakeTensorMode.cache_info().hits == hits, "each case is asked twice, of an empty cache"
    assert [one.outputs[0].facts for one in seen] == [subject(VIEW).expected_facts[0]] * 3
    assert [one.outputs[0].shares for one in seen] == ["self"] * 3


def test_no_answer_to_an_earlier_case_is_kept():
    fake = find_target("fake")
    with fake.open("cpu", "aten.transpose.int") as session:
        for text in (VIEW, "aten.transpose.int(float32[5], 0, 0)"):
            session.observe(subject(text), frozenset({"facts"}))
            assert FakeTensorMode.cache_info().size == 1
    assert FakeTensorMode.cache_info().size == 0


@pytest.mark.parametrize(("wrong", "seen"), [(1, False), (2, True)], ids=["made", "kept"])
def test_the_kept_answer_is_looked_at(wrong, seen):
    with find_target("fake").open("cpu", "aten.transpose.int") as session:
        assert session.glance(subject(VIEW), frozenset({"facts"})) is None
        calls, right = [], session.call

        def sometimes(*args):
            calls.append(args)
            return args[0] if len(calls) == wrong else right(*args)

        session.call = sometimes
        assert (session.glance(subject(VIEW), frozenset({"facts"})) is not None) is seen
        assert len(calls) == 2


def test_a_base_is_made_fake_once_unless_it_changes_in_place():
    viewed = subject(VIEW)
    with find_target("fake").open("cpu", "aten.transpose.int") as session:
        first, again = (session.prepare(viewed).args[0] for _ in range(2))
        assert first is again
    squeezed = "aten.squeeze_.dim(float32[3,1], 1)"
    with find_target("fake").open("cpu", "aten.squeeze_.dim") as session:
        seen = [session.observe(subject(squeezed), frozenset({"facts"})) for _ in range(2)]
    assert [one.outputs[0].facts for one in seen] == [subject(squeezed).expected_facts[0]] * 2
