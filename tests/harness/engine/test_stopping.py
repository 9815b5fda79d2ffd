"""A signal that ends a run is raised where it may be, once for the work and once for the reports."""

import os
import signal
import sys
import threading

import pytest

from viewproof.engine.stopping import Stopped, StopSignals, stops_held

TERM, HUP = signal.SIGTERM, signal.SIGHUP


def send(number):
    os.kill(os.getpid(), number)


@pytest.fixture(autouse=True)
def handlers():
    """SIGINT is heard here, whoever started these tests; each test puts back what it found."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    found = [signal.getsignal(number) for number in (signal.SIGINT, TERM, HUP)]
    yield
    assert [signal.getsignal(number) for number in (signal.SIGINT, TERM, HUP)] == found
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_is_raised_by_its_name(name):
    with pytest.raises(Stopped) as stopped, StopSignals():
        send(getattr(signal, name))
    assert (stopped.value.by, stopped.value.out) == (name, None)


def test_what_is_ignored_as_a_run_begins_stays_ignored():
    before = signal.signal(HUP, signal.SIG_IGN)
    with StopSignals() as signals:
        send(HUP)
    signal.signal(HUP, before)
    assert signals.heard == ""


def test_it_is_held_while_what_must_be_whole_is_done():
    done = []

    def whole(signals):
        with signals.held():
            with signals.held():
                send(TERM)
                done.append("inner")
            done.append("outer")

    with StopSignals() as signals, pytest.raises(Stopped):
        whole(signals)
    assert done == ["inner", "outer"]


def test_it_is_held_by_what_knows_nothing_of_the_run():
    with stops_held():
        pass
    with StopSignals(), pytest.raises(Stopped), stops_held():
        send(TERM)


def test_while_the_work_is_ended_a_second_one_waits_and_then_ends_the_reports():
    with StopSignals() as signals:
        with pytest.raises(Stopped, match="SIGTERM"):
            send(TERM)
        send(HUP)
        with pytest.raises(Stopped, match="SIGHUP"):
            signals.go_on()
        send(TERM)
        signals.go_on()
    assert signals.heard == "SIGTERM"


def test_one_that_was_dropped_where_it_was_raised_is_raised_again():
    with StopSignals() as signals:
        signals.heed()
        with pytest.raises(Stopped):
            send(TERM)
        with pytest.raises(Stopped, match="SIGTERM"):
            signals.heed()


def test_on_another_thread_nothing_is_installed():
    found = []

    def work():
        with StopSignals():
            found.append(signal.getsignal(TERM))

    before = signal.getsignal(TERM)
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [before]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_process_that_was_forked_ends_of_it_as_if_there_were_no_run():
    with StopSignals():
        child = os.fork()
        if not child:
            try:
                send(TERM)
            finally:
                os._exit(7)
        _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == -TERM


class Callback:
    """As a callback of the interpreter's: what is raised where it is deleted goes no further."""

    def __init__(self, act):
        self.act = act

    def __del__(self):
        self.act()


def test_what_is_dropped_in_a_callback_is_not_said_and_comes_later(capsys, monkeypatch):
    monkeypatch.setattr(sys, "unraisablehook", sys.__unraisablehook__)
    with StopSignals() as signals:
        callback = Callback(lambda: os.kill(os.getpid(), signal.SIGTERM))
        del callback
        with pytest.raises(Stopped):
            signals.heed()
        callback = Callback(lambda: 1 / 0)
        del callback
    assert sys.unraisablehook is sys.__unraisablehook__
    said = capsys.readouterr().err
    assert "Stopped" not in said
    assert "ZeroDivisionError" in said
