"""The question where the workers run is answered once, whatever becomes of the worker that is asked."""

from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool

import pytest
from pebble import ProcessExpired

from viewproof.engine import place_question
from viewproof.engine.place_question import AGAIN, PlaceQuestion


class Pool:
    """A pool that answers as it is told, one answer a question."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.asked = 0

    def schedule(self, _function, **_more):
        self.asked += 1
        future: Future[object] = Future()
        answer = self.answers.pop(0)
        if isinstance(answer, RuntimeError) and not isinstance(answer, BrokenProcessPool):
            raise answer
        if isinstance(answer, BaseException):
            future.set_exception(answer)
        elif answer is not None:
            future.set_result(answer)
        return future


def heard(pool, *, listens=1, at_last=True):
    told: list[object] = []
    question = PlaceQuestion(lambda: pool, lambda: None, told.append)
    for _ in range(listens):
        question.listen(at_last=at_last)
    return told


def test_the_answer_is_passed_on_once():
    assert heard(Pool("here"), listens=3) == ["here"]


def test_an_answer_that_is_not_there_yet_is_waited_for_at_last_only(monkeypatch):
    assert heard(Pool(None), at_last=False) == []
    monkeypatch.setattr(place_question, "ASKING_LIMIT", 0.01)
    assert heard(Pool(None)) == ["the worker that was asked gave no answer within 0.01 s"]


def test_a_pool_that_broke_is_asked_again():
    pool = Pool(BrokenProcessPool("gone"), "here")
    assert heard(pool, listens=2) == ["here"]
    assert pool.asked == 2


def test_a_pool_that_breaks_again_and_again_is_left_alone():
    pool = Pool(*[BrokenProcessPool("gone")] * AGAIN)
    assert heard(pool, listens=5) == ["the worker that was asked raised BrokenProcessPool: gone"]
    assert pool.asked == AGAIN


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ProcessExpired("dead", code=-4), "the worker that was asked died of signal 4"),
        (ProcessExpired("dead", code=3), "the worker that was asked ended with exit status 3"),
        (ValueError("no\nword"), "the worker that was asked raised ValueError: no"),
        (RuntimeError("closed"), "no worker could be asked: closed"),
    ],
)
def test_why_there_is_none_is_said(error, said):
    assert heard(Pool(error)) == [said]


def test_where_nobody_listens_nobody_is_asked():
    pool = Pool()
    PlaceQuestion(lambda: pool, lambda: None, None).listen(at_last=True)
    assert pool.asked == 0
