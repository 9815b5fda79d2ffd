"""A glance agrees exactly where the full look finds nothing, and never where a fault is seeded."""

from dataclasses import replace

import pytest
import torch

from viewproof.cases import parse_case
from viewproof.contract.installed import all_rules, find_target, own_suites
from viewproof.engine.planner import planner_of
from viewproof.engine.verdicts import ChunkVerdicts
from viewproof.engine.workload import cases_of
from viewproof.evidence.expectation import expect
from viewproof.evidence.subject import subject_of
from viewproof.records.chunk import Chunk
from viewproof_suites.views.targets import eager, gradient

#: Torch says so once a process, at the first complex32 tensor and at the first forward derivative.
pytestmark = pytest.mark.filterwarnings("ignore:ComplexHalf support", "ignore:.torch.jit.script. is deprecated")

GLANCED = {name: rule for name, rule in all_rules().items() if rule.glanced and rule.level <= 2}
PROBES = {
    "facts": frozenset({"facts"}),
    "values": frozenset({"facts", "values"}),
    "replay": frozenset({"replay"}),
    "gradient": frozenset({"gradient"}),
}
SOME = [
    ("aten.transpose.int", "permuted"),
    ("aten.expand.default", "contiguous"),
    ("aten.unbind.int", "offset"),
    ("aten.view_as_real.default", "neg"),
    ("aten.reshape.default", "permuted"),
    ("aten.to.dtype", "stepped"),
    ("aten.split.Tensor", "neg"),
    ("aten.view.dtype", "contiguous"),
    ("aten._values.default", "sparse_coo"),
    ("aten._unpack_dual.default", "dual"),
    ("aten.view_as.default", "overlapping"),
    ("aten.select.int", "grad"),
    ("aten.unbind.int", "grad"),
]


def subjects(operator, family):
    suite = own_suites()["views"]
    chunk = Chunk(
        suite="views", operator=operator, family=family, profile="quick", device="cpu", targets=("eager",),
        rules=suite.rules,
    )  # fmt: skip
    return [subject_of(case, expectation, "cpu") for case, expectation in cases_of(chunk)]


def holding(subject, observation, probes):
    rules = [rule for rule in GLANCED.values() if rule.probe in probes and rule.applies(subject.traits, "eager")]
    return observation.error is None and not any(rule.check(subject, observation) for rule in rules)


@pytest.mark.parametrize("probe", PROBES)
@pytest.mark.parametrize("some", SOME, ids="/".join)
def test_a_glance_and_a_look_agree(some, probe):
    probes = PROBES[probe]
    operator, _ = some
    found = subjects(*some)
    assert found
    with find_target("eager").open("cpu", operator) as session:
        looks = [session.observe(subject, probes) for subject in found]
        session.flush()
        glances = [session.glance(subject, probes) for subject in found]
        session.flush()
    for subject, look, glance in zip(found, looks, glances, strict=True):
        good = holding(subject, look, probes)
        assert good is (glance is None or holding(subject, glance, probes)), subject.case
        assert good or glance is not None, subject.case


def test_most_of_what_conforms_is_seen_at_a_glance(monkeypatch):
    found = [subject for operator, family in SOME[:4] for subject in subjects(operator, family)]
    looked = []
    monkeypatch.setattr(eager.EagerSession, "observe", lambda *_: looked.append(1))
    for subject in found:
        with find_target("eager").open("cpu", subject.case.operator) as session:
            session.glance(subject, PROBES["values"])
    assert len(looked) * 5 < len(found)


def placed(like, size, stride, offset, dtype=None):
    out = torch.empty(0, dtype=dtype or like.dtype)
    return out.set_(like.untyped_storage(), offset, size, stride)


def writes_input(self, *rest):
    self.fill_(0)
    return placed(self, (4, 3), (1, 4), 2)


def reads_neighbour(self, *rest):
    return placed(self, (4, 3), (1, 4), 1)


FAULTS = {
    "copies": lambda self, *_: self.clone().as_strided((4, 3), (1, 4), 0),
    "drops the offset": lambda self, *_: placed(self, (4, 3), (1, 4), 0),
    "swaps strides": lambda self, *_: placed(self, (4, 3), (4, 1), 2),
    "drops the last element": lambda self, *_: placed(self, (3, 3), (1, 4), 2),
    "changes the dtype": lambda self, *_: placed(self, (4, 3), (1, 4), 2, torch.int32),
    "returns two": lambda self, *_: [placed(self, (4, 3), (1, 4), 2)] * 2,
    "returns its input": lambda self, *_: self,
    "reads its neighbour": reads_neighbour,
    "writes its input": writes_input,
    "raises": lambda self, *_: self.nothing,
    "is no view to autograd": lambda self, *_: placed(self, (4, 3), (1, 4), 2),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_seeded_fault_is_never_overlooked(fault):
    case = parse_case("aten.transpose.int(float32[3,4]:[4,1]+2@20, 0, 1)")
    subject = subject_of(case, expect(case), "cpu")
    with find_target("eager").open("cpu", case.operator) as session:
        assert session.glance(subject, PROBES["values"]) is None
        right, session.call = session.call, FAULTS[fault]
        assert right is not session.call
        seen = session.glance(subject, PROBES["values"])
        session.flush()
    assert seen is not None
    assert seen.doubted
    assert not holding(subject, seen, PROBES["values"])


def test_elements_that_a_call_moved_are_seen_however_far():
    """Sixty-four bytes and their multiples are where the other fillings begin anew."""
    case = parse_case("aten.resize_as_.default(complex64[3,2,4]:[24,4,1]@72~neg, float32[2,12]:[1,2])")
    subject = subject_of(case, expect(case), "cpu")
    with find_target("eager").open("cpu", case.operator) as session:
        right = session.call

        def moves(self, *rest):
            values = self.resolve_neg().clone()
            right(self, *rest)
            flat = torch.empty(0, dtype=self.dtype).set_(self.untyped_storage(), 0, (24,), (1,))
            return flat.copy_(values.reshape(24).neg()) is None or self

        session.call = moves
        seen = session.glance(subject, PROBES["values"])
        session.flush()
    assert seen is not None
    assert not holding(subject, seen, PROBES["values"])


def test_a_lost_bit_and_a_moved_operand_are_seen():
    case = parse_case("aten.alias.default(complex64[2,3]~conj)")
    subject = subject_of(case, expect(case), "cpu")
    for change in (
        lambda self: torch._C._set_conj(self, False) or self.view_as(self),
        lambda self: self.as_strided_((2,), (1,), 0),
    ):
        with find_target("eager").open("cpu", case.operator) as session:
            session.builder.forget()
            session.call = change
            assert session.glance(subject, PROBES["values"]) is not None
            session.builder.forget()


def test_a_view_that_replays_another_view_is_seen():
    case = parse_case("aten.transpose.int(float32[3,4], 0, 1)")
    subject = subject_of(case, expect(case), "cpu")
    with find_target("eager").open("cpu", case.operator) as session:
        assert session.glance(subject, PROBES["replay"]) is None
        session.call = lambda self, *_: self.clone()
        assert session.glance(subject, PROBES["replay"]) is not None


@pytest.mark.parametrize(
    "wrong",
    [
        lambda self, *_: self.select(0, 1) * 2,
        lambda self, *_: self.select(0, 0),
        lambda self, *_: self.detach().select(0, 1),
        lambda self, *_: [self.select(0, 1), self.select(0, 1)],
    ],
    ids=["doubles", "is another's", "is lost", "comes twice"],
)
def test_a_gradient_that_is_not_the_reads_is_seen(wrong):
    case = parse_case("aten.select.int(float32[3,4]~grad, 0, 1)")
    subject = subject_of(case, expect(case), "cpu")
    with find_target("eager").open("cpu", case.operator) as session:
        assert session.glance(subject, PROBES["gradient"]) is None
        session.call = wrong
        seen = session.glance(subject, PROBES["gradient"])
    assert seen.doubted
    assert not holding(subject, seen, PROBES["gradient"])


def test_what_is_sent_is_made_anew_where_a_derivative_wrote_to_it():
    tensor = torch.ones(3)
    kept = gradient._kept(tensor)
    assert gradient._kept(tensor) is kept
    kept.sent.zero_()
    assert gradient._kept(tensor).sent.tolist() == [1, 2, 3]


def test_a_doubt_about_what_was_not_asked_is_no_error():
    """A query for one rule: what another rule would say is no contradiction."""
    case = parse_case("aten.transpose.int(float32[3,4]:[4,1]+2@20, 0, 1)")
    subject = subject_of(case, expect(case), "cpu")
    rules = ("alias.inputs-unchanged",)
    chunk = Chunk(
        suite="aliasing", operator=case.operator, family="contiguous", profile="quick", device="cpu",
        targets=("eager",), rules=rules,
    )  # fmt: skip
    owed = planner_of(rules).rules_for(subject.traits, find_target("eager"))
    with find_target("eager").open("cpu", case.operator) as session:
        session.call = FAULTS["drops the last element"]
        seen = session.glance(subject, owed.probes)
        session.flush()
    assert seen.doubted
    judge = ChunkVerdicts(chunk)
    judge.of("eager").judge(subject, owed, seen)
    (tally,) = judge.record(1, 0, 1, [1], 0.0, 0.0).tallies
    assert tally.verdicts == {"pass": 1}


def test_a_glance_that_a_look_contradicts_is_our_own_error():
    suite = own_suites()["aliasing"]
    case = parse_case("aten.transpose.int(float32[3,4], 0, 1)")
    subject = subject_of(case, expect(case), "cpu")
    chunk = Chunk(
        suite="aliasing", operator=case.operator, family="contiguous", profile="quick", device="cpu",
        targets=("eager",), rules=suite.rules,
    )  # fmt: skip
    owed = planner_of(suite.rules).rules_for(subject.traits, find_target("eager"))
    with find_target("eager").open("cpu", case.operator) as session:
        seen = session.observe(subject, owed.probes)
        session.flush()
    with pytest.raises(AssertionError, match="a glance that differs"):
        ChunkVerdicts(chunk).of("eager").judge(subject, owed, replace(seen, doubted=True))
