"""A process apart answers in plain data, says what went wrong in words, and is started anew where it died."""

import ctypes
import os
import signal
import time
from contextlib import closing

import pytest

from viewproof.engine.apart import Apart, AskedFailed, Gone, ended
from viewproof.errors import EmptySelection, UsageError

_kept: list[str] = []


def pid():
    return os.getpid()


def keep(word):
    _kept.append(word)


def kept():
    return _kept


def fail(kind):
    raise {"usage": UsageError, "empty": EmptySelection, "key": KeyError, "exit": SystemExit}[kind](f"the {kind}")


def refuse_badly():
    raise UsageError("the \ud800\x1b")


def fail_badly():
    raise KeyError("\ud800")


def die_later():
    """Give the driver the time to ask on."""
    time.sleep(1)
    die("signal")


def die(how):
    if how == "exit":
        os._exit(0)
    os.kill(os.getpid(), signal.SIGSEGV)


def sleep():
    time.sleep(600)


def complain():
    """Print in every way: what is held back comes out as the task ends."""
    os.write(2, b"said below Python\n")
    os.write(1, b"printed below Python\n")
    print("printed in Python, without an end", end="")
    ctypes.CDLL(None).printf(b"\nprinted in C")


SAID = ("said below Python", "printed below Python", "printed in Python, without an end", "printed in C")


class Ours(str):
    """A text of a class that the driver must not need."""


def of_a_class_of_anybodys():
    return Ours("text")


@pytest.fixture
def apart():
    found = Apart(forked=False)
    yield found
    found.close()


def test_it_is_another_process_and_the_same_one_each_time(apart):
    assert apart.pid is None
    first = apart.ask(pid, answer=int)
    assert first != os.getpid()
    assert first == apart.ask(pid, answer=int) == apart.pid
    numbers = [apart.put(pid) for _ in range(3)]
    assert [apart.answer(number, int) for number in reversed(numbers)] == [first] * 3


def test_what_is_raised_comes_back_as_words(apart):
    for kind, error in (("usage", UsageError), ("empty", EmptySelection)):
        with pytest.raises(error, match=f"^the {kind}$"):
            apart.ask(fail, kind)
    for kind, said in (("key", "KeyError: 'the key'"), ("exit", "SystemExit: the exit")):
        with pytest.raises(AskedFailed, match=rf"^{said} \(raised at .* led to .*test_apart.py:\d+, in fail\)$"):
            apart.ask(fail, kind)
    with pytest.raises(AskedFailed, match="TypeError: Encoding objects of type Ours is unsupported"):
        apart.ask(of_a_class_of_anybodys, answer=str)


def test_one_that_dies_is_started_anew_and_prepared_again(apart):
    apart.prepare(keep, "once")
    first = apart.pid
    with pytest.raises(Gone, match="with exit status 0"):
        apart.ask(die, "exit")
    assert apart.ask(kept, answer=list[str]) == ["once"]
    assert apart.pid != first
    waiting = apart.put(die_later), apart.put(pid)
    with pytest.raises(Gone, match="died of SIGSEGV"):
        apart.answer(waiting[0], None)
    with pytest.raises(Gone, match="before it came to this question"):
        apart.answer(waiting[1], int)
    with pytest.raises(Gone, match="gave no answer within"):
        apart.ask(sleep, limit=0.2)
    assert apart.ask(kept, answer=list[str]) == ["once"]


@pytest.mark.parametrize("forked", [True, False])
def test_what_it_prints_is_kept_and_no_users(forked, tmp_path, capfd):
    log = tmp_path / "log"
    with closing(Apart(forked=forked)) as apart:
        for times in (1, 2):
            apart.ask(complain)
            if times == 1:
                apart.print_to(log)
            assert [log.read_text().count(said) for said in SAID] == [times] * len(SAID)
    assert capfd.readouterr() == ("", "")


def test_a_refusal_in_letters_that_no_file_holds_comes_back_spelled(apart):
    with pytest.raises(UsageError) as refused:
        apart.ask(refuse_badly)
    assert str(refused.value) == r"the \ud800\x1b"
    with pytest.raises(AskedFailed, match=r"KeyError: '\\ud800'"):
        apart.ask(fail_badly)


def test_endings_in_words():
    assert ended(-11) == "died of SIGSEGV"
    assert ended(-99) == "died of signal 99"
    assert ended(3) == "ended with exit status 3"
