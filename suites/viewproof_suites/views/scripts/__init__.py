"""The scripts of a view's results: eager, on meta tensors and on fake ones."""

from __future__ import annotations

from viewproof.scripts.frame import Frame, indented
from viewproof.scripts.script import Script, at_level, check_of, guarded
from viewproof_suites.views.scripts.alias import alias_check
from viewproof_suites.views.scripts.gradient import gradient_check
from viewproof_suites.views.scripts.layout import layout_check
from viewproof_suites.views.scripts.refusal import refusal_check
from viewproof_suites.views.scripts.replay import replay_check

_CHECKS = {
    "layout": layout_check,
    "alias": alias_check,
    "replay": replay_check,
    "grad": gradient_check,
    "error": refusal_check,
}
_FAKE = ("from torch._subclasses.fake_tensor import FakeTensorMode",)
#: What a target's scripts import in addition to torch.
_IMPORTS = {
    "eager": (),
    "meta": (),
    "meta-python": ("from torch._dispatch.python import enable_python_dispatcher",),
    "fake": _FAKE,
    "fake-nocache": _FAKE,
}


def view_script(frame: Frame) -> Script:
    """The script of a result on one of the targets of views. Raises NoScript where there is none."""
    check = check_of(frame, tuple(_CHECKS), tuple(_IMPORTS))
    body = _CHECKS[check](frame)
    body = at_level(frame, body) if check == "error" else guarded(frame, body)
    if frame.target == "meta-python":
        body = ["with enable_python_dispatcher():", *indented(body)]
    if frame.target in ("fake", "fake-nocache"):
        setup = ["mode = FakeTensorMode()", f"mode.cache_enabled = {frame.target == 'fake'}"]
        if frame.target == "fake":
            setup.append("FakeTensorMode.cache_clear()")
            body = ["for _ in range(2):  # the second answer is the cache's, and the one that counts", *indented(body)]
        body = [*setup, *body]
    return Script(body, _IMPORTS[frame.target])
