"""Expected and observed evidence as rows: of a call's outputs, and of whatever a probe shows."""

from typing import NamedTuple

from rule_doctoring import seen

from viewproof.cases.answers import Answers
from viewproof.evidence.probe import Raised
from viewproof.reports.side_by_side import LONGEST, plain_table, rows_of


class Told(Answers):
    held: str
    order: str
    wanted: int | None = None
    seen: str | None = None


class Part(NamedTuple):
    reads: bytes
    count: int


def test_answers_stand_side_by_side_by_their_names():
    one = (Told(held="two", order="a, b", wanted=1),), (Told(held="two", order="b, a", seen="x" * 500),)
    rows = {row.what: row for row in rows_of(["history"], *one)}
    assert [name for name, row in rows.items() if row.differs] == [
        "history order", "history wanted", "history seen",
    ]  # fmt: skip
    assert len(rows["history seen"].observed) == LONGEST + len("...")
    assert "!" in plain_table(list(rows.values()))


def test_what_has_names_is_told_by_them():
    rows = rows_of(["values"], ((Part(b"\1\2", 1),),), ((Part(b"\1\3", 1),),))
    assert [(row.what, row.expected, row.observed, row.differs) for row in rows] == [
        ("values 0 reads", "01 02", "01 03", True), ("values 0 count", "1", "1", False),
    ]  # fmt: skip


def test_a_call_is_told_by_its_outputs():
    one = seen("aten.select.int(float32[3], 0, 1)", "meta")
    expected = (one.expected["facts"],)
    rows = rows_of(["facts"], expected, ((),))
    assert rows[0] == ("outputs", "1", "0", True)
    whole = rows_of(["facts"], expected, (one.observed["facts"],))
    assert {row.what for row in whole} >= {"size", "stride", "lives on", "very input"}
    assert not any(row.differs for row in whole)


def test_a_refusal_and_what_was_raised_are_one_row():
    one = seen("aten.select.int(float32[3], 0, 9)", "meta")
    (row,) = rows_of(["facts"], one.expected["facts"], one.observed["facts"])
    assert (row.expected, row.differs) == ("IndexError", False)
    accepted = seen("aten.select.int(float32[3], 0, 1)", "meta")
    (row,) = rows_of(["facts"], (accepted.expected["facts"],), Raised(("KeyError", "Exception"), "no"))
    assert (row.expected, row.observed, row.differs) == ("accepted", "KeyError: no", True)
