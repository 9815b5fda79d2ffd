"""A worker notes where it is, and another process reads it."""

import os

from viewproof.engine import whereabouts
from viewproof.engine.whereabouts import (
    NOWHERE,
    Noted,
    Whereabouts,
    begin_chunk,
    begin_target,
    note_in,
    own_slots,
    read,
    shared_slots,
)  # fmt: skip


def noted_in(tmp_path, monkeypatch):
    monkeypatch.setattr(whereabouts.NOTES, "slots", own_slots())
    slots = shared_slots(tmp_path / "notes")
    note_in(tmp_path / "notes")
    return slots


def test_what_is_begun_is_read_elsewhere(tmp_path, monkeypatch):
    slots = noted_in(tmp_path, monkeypatch)
    assert read(slots) == Whereabouts(NOWHERE, NOWHERE, NOWHERE)
    begin_chunk(3)
    begin_target(1)
    assert [read(slots) for _ in Noted("ab", [4, 7])] == [Whereabouts(3, 1, 4), Whereabouts(3, 1, 7)]
    assert read(slots) == Whereabouts(3, 1, NOWHERE)
    begin_chunk(5)
    assert read(slots) == Whereabouts(5, NOWHERE, NOWHERE)


def test_a_noted_list_is_a_list():
    noted = Noted(["a", "b"], [0, 1])
    assert (len(noted), noted[1], [*noted]) == (2, "b", ["a", "b"])


def test_a_fork_notes_nothing_and_ends_where_it_comes_back(tmp_path, monkeypatch):
    slots = noted_in(tmp_path, monkeypatch)
    parent, forks = os.getpid(), [0]
    for one in Noted("ab", [4, 7]):
        if one == "a":
            forks[0] = os.fork()
    if os.getpid() != parent:
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(forks[0], 0)[1]) == 0
    assert read(slots).execution == NOWHERE
