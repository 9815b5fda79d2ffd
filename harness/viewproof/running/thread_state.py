"""The thread's state that functionalization touches: dispatch keys, mode stacks, the flag of reapplied views."""

from __future__ import annotations

from typing import Any

import torch

_C: Any = torch._C


def thread_state() -> dict[str, Any]:
    """What must be as it was after any run, by name."""
    return {
        "dispatch keys included": _C._dispatch_tls_local_include_set().raw_repr(),
        "dispatch keys excluded": _C._dispatch_tls_local_exclude_set().raw_repr(),
        "functorch levels": len(_C._functorch.get_interpreter_stack() or ()),
        "dispatch modes": _C._len_torch_dispatch_stack(),
        "function modes": _C._len_torch_function_stack(),
        "functional mode": _C._get_dispatch_mode(_C._TorchDispatchModeKey.FUNCTIONAL) is not None,
        "proxy mode": _C._get_dispatch_mode(_C._TorchDispatchModeKey.PROXY) is not None,
        "views reapplied": _C._functionalization_reapply_views_tls(),
        "grad mode": torch.is_grad_enabled(),
    }


def changed_state(before: dict[str, Any]) -> str:
    """What differs from `before`, in words; empty where nothing does."""
    now = thread_state()
    changed = [f"{name}: {before[name]} became {value}" for name, value in now.items() if value != before[name]]
    return "; ".join(changed)
