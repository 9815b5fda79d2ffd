"""An exception says its class and message first, then where in our own code it was raised."""

import json
import re

import pytest

from viewproof.cases import parse_case
from viewproof.engine.fault import Fault, _own_path, fault_of, words_of
from viewproof.engine.modules import import_modules


def raised(action):
    with pytest.raises(Exception) as caught:  # noqa: PT011
        action()
    return caught.value


def test_class_and_message_come_first_then_the_innermost_frame_of_ours():
    fault = fault_of(raised(lambda: parse_case("aten.alias.default(float33[2])")))
    assert fault.words.startswith("CaseSyntaxError: ")
    assert re.fullmatch(r"viewproof/cases/\w+\.py:\d+, in \w+", fault.where)
    assert str(fault) == f"{fault.words} (raised at {fault.where})"


def test_where_another_s_code_raised_it_that_place_is_said_too():
    assert re.search(r"json/decoder\.py:\d+, in raw_decode$", fault_of(raised(lambda: json.loads("x"))).where)
    frame = r"viewproof/engine/modules\.py:\d+, in import_modules, which led to \S+importlib/__init__\.py:\d+, in "
    error = raised(lambda: import_modules(("..no",)))
    assert re.match(frame, fault_of(error.__cause__).where)


@pytest.mark.parametrize(
    ("path", "ours"),
    [
        ("/home/me/viewproof/harness/viewproof/engine/check.py", "viewproof/engine/check.py"),
        ("/lib/site-packages/viewproof_suites/views/suites.py", "viewproof_suites/views/suites.py"),
        ("/home/me/viewproof/.venv/lib/site-packages/torch/_tensor.py", None),
        ("/lib/site-packages/torch/_tensor.py", None),
        ("<frozen importlib._bootstrap>", None),
    ],
)
def test_whose_a_file_is(path, ours):
    assert _own_path(path) == ours


def test_a_message_is_one_line_and_may_be_lacking():
    assert words_of(ValueError("one\n  two")) == "ValueError: one two"
    assert words_of(KeyError()) == "KeyError"
    assert words_of(SystemExit(0)) == "SystemExit: 0"
    assert str(Fault("KeyError", "")) == "KeyError"
    assert fault_of(ValueError("never raised")) == Fault("ValueError: never raised", "")


def test_what_no_file_holds_or_a_terminal_obeys_is_spelled_out():
    assert words_of(ValueError("\x1b[2J \ud800")) == r"ValueError: \x1b[2J \ud800"
    assert words_of(type("\x1bBad", (Exception,), {})()) == r"\x1bBad"
    code = compile("raise ValueError('x')", "/tmp/\udcff.py", "exec")
    assert fault_of(raised(lambda: exec(code))).where.endswith(r"/tmp/\udcff.py:1, in <module>")  # noqa: S102


def test_a_class_that_cannot_say_itself_is_named():
    class Mute(Exception):
        def __str__(self):
            raise RuntimeError("no")

    assert words_of(Mute()) == "Mute: its message raises RuntimeError"
