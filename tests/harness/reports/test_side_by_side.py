"""Expected and observed facts as rows: of a call's outputs, and of what other subjects answer."""

from viewproof.cases import parse_case
from viewproof.cases.answers import Answers
from viewproof.evidence.expectation import Expectation, expect
from viewproof.evidence.observation import Observation
from viewproof.evidence.subject import subject_of
from viewproof.reports.side_by_side import LONGEST, UNSAID, plain_table, rows_of


class Told(Answers):
    held: str
    order: str
    wanted: int | None = None
    seen: str | None = None


def subject(text, expectation=None):
    case = parse_case(text)
    return subject_of(case, expect(case) if expectation is None else expectation)


def test_what_a_program_or_a_history_answers_stands_beside_what_it_must():
    expectation = Expectation((), None, Told(held="two", order="a, b", wanted=1))
    observation = Observation([], answers=Told(held="two", order="b, a", seen="x" * 500))
    rows = {row.what: row for row in rows_of(subject("schema(aten.select.int)", expectation), observation)}
    assert [name for name, row in rows.items() if row.differs] == ["order"]
    assert (rows["wanted"].observed, rows["seen"].expected) == (UNSAID, UNSAID)
    assert len(rows["seen"].observed) == LONGEST + len("...")
    assert "!" in plain_table(list(rows.values()))


def test_a_call_is_told_by_its_outputs():
    rows = rows_of(subject("aten.select.int(float32[3], 0, 1)"), Observation([]))
    assert rows[0] == ("outputs", "1", "0")
    assert rows[0].differs
