"""A script that shows what an execution leaves changed: the state noted around what another script does."""

from __future__ import annotations

from viewproof.scripts.frame import indented
from viewproof.scripts.script import Script

_STATE = '''
def _state_of_all():
    """What calls depend on, and an execution must leave as it was, by name; functions by their identity."""
    import inspect
    import random
    import signal
    import threading
    import warnings

    C = torch._C
    found = {
        "dispatch keys included": C._dispatch_tls_local_include_set().raw_repr(),
        "dispatch keys excluded": C._dispatch_tls_local_exclude_set().raw_repr(),
        "dispatch modes": C._len_torch_dispatch_stack(),
        "function modes": C._len_torch_function_stack(),
        "functorch levels": len(C._functorch.get_interpreter_stack() or ()),
        "functionalization": C._functionalization_reapply_views_tls(),
        "grad mode": torch.is_grad_enabled(),
        "forward grad mode": C._is_fwd_grad_enabled(),
        "inference mode": torch.is_inference_mode_enabled(),
        "torch functions of subclasses": C._get_torch_function_state(),
        "default device": getattr(torch._GLOBAL_DEVICE_CONTEXT, "device_context", None),
        "autocast": (
            torch.get_autocast_dtype("cpu"),
            torch.get_autocast_dtype("cuda"),
            torch.is_autocast_cache_enabled(),
        ),
        "flushed denormals": sys.float_info.min * sys.float_info.epsilon == 0.0,
        "default dtype": torch.get_default_dtype(),
        "deterministic mode": (
            torch.are_deterministic_algorithms_enabled(),
            torch.is_deterministic_algorithms_warn_only_enabled(),
            C._get_deterministic_fill_uninitialized_memory(),
        ),
        "number of threads": torch.get_num_threads(),
        "anomaly mode": (torch.is_anomaly_enabled(), torch.is_anomaly_check_nan_enabled()),
        "matmul precision": torch.get_float32_matmul_precision(),
        "torch's generator": bytes(torch.default_generator.get_state().untyped_storage()),
        "Python's generator": random.getstate(),
        "warnings filters": (tuple(warnings.filters), warnings.showwarning),
        "signal handlers": [signal.getsignal(number) for number in sorted(signal.valid_signals())],
        "threads": {thread.ident for thread in threading.enumerate()},
        "child processes": _has_children(),
    }
    for owner in (torch, torch.Tensor, C, torch.nn.functional):
        for name in dir(owner):
            value = inspect.getattr_static(owner, name)
            if callable(value) and name != "Storage":
                found[f"{owner.__name__}.{name}"] = id(inspect.unwrap(value))
    return found


def _has_children():
    """Whether the process has a child that nobody has waited for."""
    import os

    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True
'''


def around(script: Script, *, draws: bool) -> Script:
    """The script, with the state noted before and after. With `draws`, torch's generator may be another one after it.

    All of it is done twice, since a first time may import: the filters that torch's own modules add then are no fault.
    """
    seeds = any("torch.manual_seed(" in line for line in script.body)
    once = [
        "_before = _state_of_all()",
        *script.body,
        "_after = _state_of_all()",
        *(['_after["torch\'s generator"] = _before["torch\'s generator"]'] if draws or seeds else []),
        "for _name in _before:",
        '    if _before[_name] != _after.get(_name) and (_again or _name != "warnings filters"):',
        "        _changed[_name] = None",
    ]
    body = [
        *_STATE.splitlines(),
        "",
        "",
        "_changed = {}",
        "for _again in (False, True):",
        *indented(once),
        "",
        'expected, observed = "nothing left changed", ", ".join(_changed) or "nothing left changed"',
    ]
    return Script(body, script.imports)
