"""The targets "meta", "meta-python": two sets of kernels, and the second only where torch has one of its own."""

from dataclasses import replace

import torch

from viewproof.cases import parse_case
from viewproof.contract.installed import find_target
from viewproof.evidence.expectation import expect
from viewproof.evidence.subject import subject_of
from viewproof_suites.views.targets.meta import has_python_meta


def seen(name, text):
    case = parse_case(text)
    target = find_target(name)
    with target.open("cpu", case.operator) as session:
        return session.observe(subject_of(case, expect(case), target.device_word("cpu")), frozenset({"facts"}))


def test_python_meta_takes_operators_that_have_a_python_kernel():
    case = parse_case("aten.diagonal.default(float32[2,2])")
    traits = subject_of(case, expect(case), "meta").traits
    python = find_target("meta-python")
    assert has_python_meta("aten.diagonal.default")
    assert python.takes(traits)
    assert not has_python_meta("aten.select.int")
    assert not python.takes(replace(traits, operator="aten.select.int"))


def test_the_two_kernels_are_told_apart():
    """A Python kernel put in the place of torch's is called by one target and not by the other."""
    overload = torch.ops.aten.diagonal.default
    called = []

    def kernel(self, *args, **kwargs):
        called.append(args)
        return self.as_strided((), (), 0)

    held = overload.py_kernels
    overload.py_kernels = {**held, torch._C.DispatchKey.Meta: kernel}
    overload._dispatch_cache.clear()
    try:
        outputs = [seen(name, "aten.diagonal.default(float32[2,2], 1)").outputs for name in ("meta", "meta-python")]
    finally:
        overload.py_kernels = held
        overload._dispatch_cache.clear()
    assert len(called) == 1
    assert [[output.facts.size for output in one] for one in outputs] == [[(1,)], [()]]


def test_an_operand_changed_in_place_is_made_anew():
    for name in ("meta", "meta-python"):
        case = parse_case("aten.squeeze_.dim(float32[3,1], 1)")
        target = find_target(name)
        subject = subject_of(case, expect(case), "meta")
        with target.open("cpu", case.operator) as session:
            first, again = (session.observe(subject, frozenset({"facts"})) for _ in range(2))
        assert [first.outputs[0].facts, again.outputs[0].facts] == [subject.expected_facts[0]] * 2
