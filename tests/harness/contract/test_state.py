"""The rule that every execution owes: what it says, and that every suite has it without naming it."""

import pytest

from viewproof.cases import parse_case
from viewproof.contract.installed import find_rule, find_target, own_suites
from viewproof.contract.repro import script_of
from viewproof.contract.state import RESTORED, STATE
from viewproof.contract.suite import Suite
from viewproof.engine.planner import Planner
from viewproof.evidence.expectation import expect
from viewproof.evidence.subject import subject_of

PROVED = (RESTORED,)
CASE = "aten.transpose.int(float32[2,3], 0, 1)"


def traits(text):
    case = parse_case(text)
    return subject_of(case, expect(case)).traits


def test_what_is_left_fails_and_nothing_left_holds():
    rule = find_rule(RESTORED)
    assert rule.check((), ()) is None
    found = rule.check((), ("grad mode", "warnings filters"))
    assert (found.observed, found.shape) == ("grad mode, warnings filters", "left changed: grad mode, warnings filters")


def test_every_suite_has_it_once_and_last():
    assert all(suite.rules.count(RESTORED) == 1 and suite.rules[-1] == RESTORED for suite in own_suites().values())
    named = Suite("mine", 1, "", tuple, lambda *_: (), lambda *_: iter(()), (), (RESTORED, "layout.size"))
    assert named.rules == (RESTORED, "layout.size")


@pytest.mark.parametrize("text", [CASE, "aten.select.int(float32[3,4], 0, 3)"])
def test_every_execution_owes_it_and_no_session_is_asked_for_it(text):
    for target in ("eager", "meta", "fake"):
        found = Planner(("layout.size", "error.refused", RESTORED)).rules_for(traits(text), find_target(target))
        assert [rule.name for rule in found.rules][-1] == RESTORED
        assert found.state is found.rules[-1]
        assert STATE.name not in found.names


def test_asked_alone_an_execution_is_what_its_suite_looks_at():
    eager, case = find_target("eager"), traits(CASE)
    alone = Planner((RESTORED,), ("layout.size", "alias.read", RESTORED)).rules_for(case, eager)
    assert [rule.name for rule in alone.rules] == [RESTORED]
    assert alone.names == ("facts", "values")
    none = Planner((RESTORED,), ("error.refused", RESTORED)).rules_for(case, eager)
    assert none.rules == (), "the suite has no execution of it"


#: A result of each contract that writes scripts, and a call in it that is made to leave grad mode off.
LEFT = [
    ("eager", CASE), ("meta", CASE), ("fake", CASE), ("eager", "aten.select.int(float32[3,4], 0, 3)"),
    ("functionalize", CASE), ("sampled", "sample(aten.t.default(float32[2,3]))"),
]  # fmt: skip
SEED = """
import torch
bound = torch.library.get_kernel("aten::transpose.int", "CPU").call_boxed
library = torch.library.Library("aten", "IMPL")
def leaves(keys, *args):
    torch._C._set_grad_enabled(False)
    return bound(keys, *args)
library.impl("transpose.int", leaves, "CPU", with_keyset=True, allow_override=True)
"""


def test_a_script_shows_what_is_left(statuses):
    """It notes the state around what the script of another rule does; without the fault nothing is left."""
    results = [(target, RESTORED, case) for target, case in LEFT]
    assert set(statuses(results).values()) == {0}
    assert set(statuses(results[:1], SEED).values()) == {1}


def test_there_is_a_script_of_each_kind_of_execution():
    for target, case in LEFT:
        assert "def _state_of_all():" in script_of(parse_case(case), target, RESTORED)
