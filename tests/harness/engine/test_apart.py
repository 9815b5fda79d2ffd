"""A process apart answers in plain data, says what went wrong in words, and is started anew where it died."""

import os
import signal
import time

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
    os.write(2, b"said below Python\n")


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


def test_what_it_writes_to_standard_error_is_kept_and_no_users(apart, tmp_path, capfd):
    apart.ask(complain)
    apart.print_to(tmp_path / "log")
    assert (tmp_path / "log").read_text() == "said below Python\n"
    apart.ask(complain)
    assert (tmp_path / "log").read_text() == "said below Python\n" * 2
    assert capfd.readouterr().err == ""


def test_endings_in_words():
    assert ended(-11) == "died of SIGSEGV"
    assert ended(-99) == "died of signal 99"
    assert ended(3) == "ended with exit status 3"
