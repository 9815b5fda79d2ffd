"""What pytest prints of a run: an item's failure, and the engine's last words, with nothing in them that acts."""

from collections import Counter
from types import SimpleNamespace

import pytest
from hostile import TEXTS, acting

from viewproof.pytest_plugin.journal import LOG, last_words
from viewproof.pytest_plugin.key import Key
from viewproof.pytest_plugin.session_options import WANTED, SessionOptions
from viewproof.pytest_plugin.text import closing, failure_text
from viewproof.pytest_plugin.verdicts import Outcome
from viewproof.records.findings import Finding


def said_of(text):
    key = Key(text, text, text, text)
    finding = Finding(
        result=text, verdict="fail", suite=text, target="meta", rule="layout.size", operator=text, case=f"{text}(",
        expected=text, observed=text, difference=text, count=1,
    )  # fmt: skip
    outcome = Outcome(1, Counter({"fail": 1}), (finding,), (text,))
    return failure_text(
        key, outcome, SimpleNamespace(stash={WANTED: SessionOptions("cpu", "quick", (text,), None, None)})
    )


@pytest.mark.parametrize("text", TEXTS.values(), ids=list(TEXTS))
def test_an_item_s_failure_has_the_same_lines(text):
    assert said_of(text).count("\n") == said_of("harmless").count("\n")
    assert acting(said_of(text)) == []


def test_the_engine_s_last_words_do_nothing(tmp_path):
    assert last_words(tmp_path, 3) == []
    (tmp_path / LOG).write_bytes(b"one\ntwo \x1b[2J\xff\nthree\xe2\x80\xa8\n")
    assert last_words(tmp_path, 2) == ["two \\x1b[2J\ufffd", "three\\u2028"]


def test_where_the_engine_was_ended_its_folders_are_named(tmp_path):
    (line,) = closing(tmp_path / "\x1b", tmp_path)
    assert acting(line) == []
    assert "\\x1b" in line
