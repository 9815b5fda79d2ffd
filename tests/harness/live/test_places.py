"""The line that made a call: the innermost one that is neither torch's nor ours nor Python's."""

from __future__ import annotations

import functools
import sys

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

import viewproof
from viewproof.errors import UsageError
from viewproof.live.places import NOWHERE, LineFilter, SourceLine, place_of, place_of_code, user_frame, via


def test_torchs_own_frames_are_passed_over():
    layer = torch.nn.Linear(4, 4)
    with viewproof.crossref(lines=["test_places.py"], again=False) as findings:
        layer(torch.zeros(2, 2, 4))
    assert findings.counts["on other lines"] == 0
    assert findings.operators["aten.t.default"] == 1


def test_a_place_says_file_line_and_function():
    place = place_of(sys._getframe())
    line = test_a_place_says_file_line_and_function.__code__.co_firstlineno + 1
    assert place == SourceLine(__file__, line, "test_a_place_says_file_line_and_function")
    assert str(place) == f"{__file__}:{line} in test_a_place_says_file_line_and_function"
    assert place.source == "place = place_of(sys._getframe())"
    assert place_of_code(sys._getframe().f_code, line, True) == place._replace(backward=True)
    assert str(place._replace(backward=True)).endswith("(backward)")


class Looking(TorchDispatchMode):
    """Notes through which lines of torch's its calls come."""

    def __init__(self):
        super().__init__()
        self.through = []

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        self.through.append(via(sys._getframe(1)))
        return func(*args, **(kwargs or {}))


def test_torchs_own_line_between_is_named():
    layer, x = torch.nn.Linear(4, 4), torch.zeros(2, 4)
    with Looking() as mode:
        layer(x)
        x.transpose(0, 1)
    assert mode.through[0].startswith("torch/nn/modules/linear.py:")
    assert mode.through[0].endswith(" in Linear.forward")
    assert mode.through[-1] == ""


def test_no_frame_is_said_as_such():
    assert place_of(None) == place_of_code(None, 0, False) == NOWHERE
    assert user_frame(None) is None
    assert via(None) == ""
    assert NOWHERE.source == ""


def test_python_and_generated_code_are_nobodys():
    seen = []

    @functools.lru_cache
    def inner():
        exec(compile("look()", "<eval_with_key>.7", "exec"), {"look": lambda: seen.append(sys._getframe(1))})  # noqa: S102

    inner()
    assert seen[0].f_code.co_filename == "<eval_with_key>.7"
    assert user_frame(seen[0]).f_code is inner.__wrapped__.__code__


@pytest.mark.parametrize(
    ("text", "file", "line", "takes"),
    [
        ("model.py", "/a/model.py", 7, True),
        ("model.py", "/a/other_model.py", 7, False),
        ("model.py:7", "/a/model.py", 7, True),
        ("model.py:7", "/a/model.py", 8, False),
        ("a/*.py:5-9", "/x/a/model.py", 9, True),
        ("a/*.py:5-9", "/x/a/model.py", 10, False),
        ("[1].py", "/x/[1].py", 1, True),
    ],
)
def test_a_filter_by_line(text, file, line, takes):
    assert LineFilter([text]).takes(file, line) is takes


def test_no_pattern_takes_every_line():
    assert LineFilter([]).takes("/any.py", 1)


@pytest.mark.parametrize("text", ["model.py:7x", "model.py:7-", "model.py:7-x", ":7"])
def test_a_pattern_that_is_none_is_refused(text):
    with pytest.raises(UsageError, match="wanted FILE, FILE:LINE or FILE:FIRST-LAST"):
        LineFilter([text])


def test_a_range_that_ends_before_it_begins_is_refused():
    with pytest.raises(UsageError, match=r"line 'model\.py:9-3': wanted FIRST before LAST, got '9-3'"):
        LineFilter(["model.py:9-3"])
    assert LineFilter(["model.py:9-9"]).takes("/any/model.py", 9)
