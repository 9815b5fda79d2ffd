"""The fake run of one operator: by its meta kernel, or by the fake mode where that would do more than call the kernel.

A fake mode tries in order: an implementation for this operator (`torch._subclasses.fake_impls`, or one registered with
`torch.library.register_fake`), the meta kernel, a fallback. Where it would come to the meta kernel, that is called here
without the mode: the same kernel on the same metadata, at a twentieth of the cost. The mode would only add the outputs'
device; operators that take a device as an argument are run under the mode for that reason.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from typing import Any

import torch
from torch._ops import OpOverload
from torch.utils._pytree import tree_flatten, tree_unflatten

from viewproof_reference.replacements.crossref.fakes import Fakes
from viewproof_reference.replacements.crossref.torchs import asks_torch


def needs_mode(op: OpOverload[..., Any]) -> bool:
    """Whether a fake mode would do something else with this operator than call its meta kernel."""
    schema = op._schema
    if not schema.name.startswith("aten::"):
        return True
    if any(one.name in ("device", "pin_memory") for one in schema.arguments):
        return True
    if not torch._C._dispatch_has_computed_kernel_for_dispatch_key(op.name(), "Meta"):
        return True
    return _registered_in_mode(op) or _registered_by_library(op)


def _registered_in_mode(op: OpOverload[..., Any]) -> bool:
    from torch._subclasses import fake_impls

    checks = getattr(fake_impls, "op_implementations_checks", None)
    # This torch keeps them elsewhere, so that the mode must decide.
    return True if checks is None else any(check(op) for check, _ in checks)


def _registered_by_library(op: OpOverload[..., Any]) -> bool:
    registry = getattr(getattr(torch, "_library", None), "simple_registry", None)
    return True if registry is None else registry.singleton.find(op.name()).fake_impl.kernel is not None


def _modes_disabled() -> AbstractContextManager[Any]:
    from torch.utils._python_dispatch import _disable_current_modes

    return _disable_current_modes()


def tensors_in(args: Sequence[Any], kwargs: Mapping[str, Any]) -> list[torch.Tensor]:
    """The tensors among the arguments, containers looked into, in order."""
    found = []
    for one in (*args, *kwargs.values()):
        if isinstance(one, torch.Tensor):
            found.append(one)
        elif isinstance(one, (list, tuple, dict)):
            found += [leaf for leaf in tree_flatten(one)[0] if isinstance(leaf, torch.Tensor)]
    return found


class FakeRun:
    """One call with its arguments made fake. Functionalization must be suspended both to make it and to run it."""

    def __init__(
        self,
        fakes: Fakes,
        op: OpOverload[..., Any],
        args: Sequence[Any],
        kwargs: Mapping[str, Any],
        inputs: Sequence[torch.Tensor],
        *,
        whole: bool,
    ) -> None:
        self.op = op
        self.mode = fakes.mode
        self.whole = whole or not inputs
        # Only the fake of an argument that is never written may be used again for another call.
        made = fakes.of(inputs, whole=self.whole, kept=not op._schema.is_mutable)
        self.inputs = made
        waiting = iter(made)
        self.args = [_faked(one, waiting) for one in args]
        self.kwargs = {name: _faked(one, waiting) for name, one in kwargs.items()}

    @asks_torch
    def run(self) -> Any:
        """The operator's result on the fake arguments. Raises what the kernel raises."""
        if not self.whole:
            with torch._C._DisableTorchDispatch():
                return self.op(*self.args, **self.kwargs)
        with ExitStack() as stack:
            if torch._C._len_torch_dispatch_stack():
                stack.enter_context(_modes_disabled())
            stack.enter_context(self.mode)
            return self.op(*self.args, **self.kwargs)


def _faked(value: Any, waiting: Any) -> Any:
    if isinstance(value, torch.Tensor):
        return next(waiting)
    if isinstance(value, (list, tuple, dict)):
        leaves, spec = tree_flatten(value)
        return tree_unflatten([next(waiting) if isinstance(one, torch.Tensor) else one for one in leaves], spec)
    return value
