"""How a process ended is told by its cause, and by its last words."""

import pytest

from viewproof.engine.death import death_by, death_of_memory, death_of_time, last_words

DUMP = """warning of ours at 0x7ffd10
free(): invalid pointer 0x55d0c0
Fatal Python error: Segmentation fault

Thread 0x00007f10 (most recent call first):
  File "/somewhere/kernels.py", line 12 in bad
  File "/somewhere/session.py", line 99 in facts

Extension modules: numpy._core._multiarray_umath (total: 1)
"""


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("", ""),
        ("one\ntwo\n\n", "two"),
        (DUMP, "free(): invalid pointer 0x...; in bad, kernels.py:12"),
        ("x" * 1000, "x" * 160),
        ("one\nExtension modules: a.b, c.d (total: 2)\n", "one"),
        ("red \x1b[31m text", r"red \x1b[31m text"),
    ],
)
def test_its_last_words_are_its_own_last_line_and_where_python_was(said, words):
    assert last_words(said) == words


@pytest.mark.parametrize(
    ("death", "verdict", "cause", "observed"),
    [
        (death_by(-11), "crash", "SIGSEGV", "the process died with SIGSEGV"),
        (death_by(-250), "crash", "signal 250", "the process died with signal 250"),
        (death_by(3, "no\n"), "crash", "exit 3", "the process ended with exit status 3 (no)"),
        (death_by(71), "crash", "device lost", "the device answers no more"),
        (death_of_memory(3 << 20), "crash", "memory", "the process held more than the 3 MiB that it may and was ended"),
        (death_of_time(20.0), "timeout", "timeout", "no end within 20 s"),
    ],
)
def test_a_cause_is_the_same_for_the_same_death(death, verdict, cause, observed):
    assert (death.verdict, death.cause, death.observed) == (verdict, cause, observed)


def test_what_somebody_else_may_have_done_is_told_apart():
    assert death_by(-9).by_another
    assert death_by(-15).by_another
    assert not death_by(-11).by_another
    assert not death_by(0).by_another


def test_how_it_comes_about_is_said_in_both():
    told = death_by(-6).told("once", "flaky")
    assert (told.verdict, told.cause, told.observed) == (
        "flaky",
        "SIGABRT, once",
        "the process died with SIGABRT, once",
    )
