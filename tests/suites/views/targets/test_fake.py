"""The targets "fake", "fake-nocache": one mode a chunk, with torch's cache of answers and without it."""

import pytest
from rule_doctoring import first, observe, seen, subject
from torch._subclasses.fake_tensor import FakeTensorMode

from viewproof.contract.installed import find_target
from viewproof.evidence.outputs import facts_evidence

VIEW = "aten.transpose.int(float32[3,4], 0, 1)"
#: Elements that need fewer bytes than their storage has.
STRIDED = "aten.transpose.int(float32[3,4]:[8,2]@40, 0, 1)"
AHEAD = "aten.transpose.int(float32[3,4]:[8,2]+1@40, 0, 1)"
ASKED = ("facts",)


@pytest.mark.parametrize(("name", "hits"), [("fake", 1), ("fake-nocache", 0)])
def test_only_one_of_them_asks_the_cache(name, hits):
    one = subject(VIEW)
    with find_target(name).open("cpu", "aten.transpose.int") as session:
        FakeTensorMode.cache_clear()
        seen = [session.observe([(one, ASKED)])[0] for _ in range(3)]
        assert FakeTensorMode.cache_info().hits == hits, "each case is asked twice, of an empty cache"
    assert seen == [facts_evidence(one, "cpu")] * 3


def test_no_answer_to_an_earlier_case_is_kept():
    with find_target("fake").open("cpu", "aten.transpose.int") as session:
        for text in (VIEW, "aten.transpose.int(float32[5], 0, 0)"):
            session.observe([(subject(text), ASKED)])
            assert FakeTensorMode.cache_info().size == 1
    assert FakeTensorMode.cache_info().size == 0


@pytest.mark.parametrize(("wrong", "seen"), [(1, False), (2, True)], ids=["made", "kept"])
def test_the_kept_answer_is_looked_at(wrong, seen):
    one = subject(VIEW)
    with find_target("fake").open("cpu", "aten.transpose.int") as session:
        assert session.observe([(one, ASKED)]) == [facts_evidence(one, "cpu")]
        calls, right = [], session.call

        def sometimes(*args):
            calls.append(args)
            return args[0] if len(calls) == wrong else right(*args)

        session.call = sometimes
        assert (session.observe([(one, ASKED)]) != [facts_evidence(one, "cpu")]) is seen
        assert len(calls) == 2


def test_a_base_is_made_fake_once_unless_it_changes_in_place():
    viewed = subject(VIEW)
    with find_target("fake").open("cpu", "aten.transpose.int") as session:
        first, again = (session.prepare(viewed).args[0] for _ in range(2))
        assert first is again
    squeezed = subject("aten.squeeze_.dim(float32[3,1], 1)")
    assert observe("fake", squeezed, squeezed) == [facts_evidence(squeezed, "cpu")] * 2


@pytest.mark.parametrize("name", ["fake", "fake-nocache"])
@pytest.mark.parametrize(("text", "held"), [(STRIDED, 92), (AHEAD, 160)], ids=["at the start", "with an offset"])
def test_how_large_the_storage_of_a_fake_is_stays_open(name, text, held):
    """Torch makes a fake on as few bytes as its elements need, and of a tensor with an offset on a storage like its."""
    one = seen(text, name)
    assert one.observed["facts"][0][6] == held
    assert one.failing() == set()
    assert "alias.bounds" in one.with_("facts", first(one.observed["facts"], storage_bytes=8)).failing()


COMPOSITE = "aten.flatten.using_ints(float32[3,4], 0, 1)"
REFUSED = "aten.transpose.int(float32[3,4], 0, 2)"


@pytest.mark.parametrize(("text", "calls"), [(VIEW, 2), (COMPOSITE, 1), (REFUSED, 1)])
def test_only_what_the_cache_must_answer_is_asked_twice(text, calls):
    one, made = subject(text), []
    with find_target("fake").open("cpu", one.case.operator) as session:
        right = session.call
        session.call = lambda *args: (made.append(args), right(*args))[1]
        session.observe([(one, ASKED)])
    assert len(made) == calls
    assert find_target("fake-nocache").takes(one.traits) is (text != COMPOSITE)


BEYOND = "aten.as_strided.default(float32[2]@5, [4], [1], 1)"


def test_what_a_call_enlarges_is_made_anew_for_the_next_case():
    """Torch makes a fake on as few bytes as its elements need, and a view beyond them enlarges its storage."""
    one = subject(BEYOND)
    with find_target("fake").open("cpu", one.case.operator) as session:
        for _ in range(2):
            assert session.observe([(one, ("kept",))]) == [(False,)]


def test_an_answer_that_is_not_kept_fails_its_rule():
    assert seen(VIEW, "fake").with_("kept", False).failing() == {"fake.kept"}
    one = subject(VIEW)
    with find_target("fake").open("cpu", one.case.operator) as session:
        assert session.observe([(one, ("kept",))]) == [(True,)]
        session.mode.cache_enabled = False
        assert session.observe([(one, ("facts", "kept"))]) == [(facts_evidence(one, "cpu")[0], False)]
        session.mode.cache_enabled = True


def test_what_is_expected_on_one_device_is_not_what_is_on_another():
    one, probe = subject(VIEW), find_target("fake").probe("facts")
    assert [probe.expected(one, word)[0][8] for word in ("cpu", "cuda", "cpu")] == ["cpu", "cuda", "cpu"]
