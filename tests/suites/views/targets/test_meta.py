"""The targets "meta", "meta-python": two sets of kernels, and the second only where torch has one of its own."""

from dataclasses import replace

import torch
from rule_doctoring import observe, subject

from viewproof.contract.installed import find_target
from viewproof.evidence.outputs import facts_evidence
from viewproof_suites.views.targets.meta import has_python_meta


def test_python_meta_takes_operators_that_have_a_python_kernel():
    traits = subject("aten.diagonal.default(float32[2,2])").traits
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
        found = [observe(name, "aten.diagonal.default(float32[2,2], 1)") for name in ("meta", "meta-python")]
    finally:
        overload.py_kernels = held
        overload._dispatch_cache.clear()
    assert len(called) == 1
    assert [[one[0] for one in outputs] for [(outputs,)] in found] == [[(1,)], [()]]


def test_an_operand_changed_in_place_is_made_anew():
    squeezed = subject("aten.squeeze_.dim(float32[3,1], 1)")
    for name in ("meta", "meta-python"):
        assert observe(name, squeezed, squeezed) == [facts_evidence(squeezed, "meta")] * 2
