"""A run of recorded costs, scheduled on more workers: a pure function."""

import pytest


@pytest.fixture
def simulated(module):
    return module("simulated")


def costs(simulated, *working, counting=0.0, recording=0.0):
    return [simulated.Batch(one, counting, recording) for one in working]


def test_one_worker_takes_the_sum(simulated):
    found = simulated.simulate(costs(simulated, 1.0, 2.0, 3.0), 1)
    assert found == (1, 6.0, "working", 6.0)


def test_each_worker_takes_the_next_batch_as_it_becomes_free(simulated):
    # 3 | 1 then 1 then 2: the second worker is free at 1, at 2, and ends at 4.
    assert simulated.simulate(costs(simulated, 3.0, 1.0, 1.0, 2.0), 2).seconds == 4.0
    # In another order the long one comes last: the run is longer by it.
    assert simulated.simulate(costs(simulated, 1.0, 1.0, 2.0, 3.0), 2).seconds == 4.0
    assert simulated.simulate(costs(simulated, 1.0, 1.0, 1.0, 3.0), 2).seconds == 4.0


def test_workers_beyond_the_batches_gain_nothing(simulated):
    some = costs(simulated, 1.0, 2.0, 5.0)
    assert simulated.simulate(some, 3)[1:] == (5.0, "longest", 5.0)
    assert simulated.simulate(some, 1000)[1:] == (5.0, "longest", 5.0)


def test_a_batch_is_recorded_once_it_is_counted_and_the_driver_is_free(simulated):
    some = costs(simulated, 1.0, 1.0, 1.0, 1.0, counting=2.0)
    assert simulated.simulate(some, 4)[1:] == (8.0, "counting", 8.0)
    some = costs(simulated, 1.0, 1.0, 1.0, 1.0, recording=3.0)
    # They end together at 1; the driver takes one after the other.
    assert simulated.simulate(some, 4)[1:] == (13.0, "recording", 12.0)


def test_no_run_is_shorter_than_its_bound_and_more_workers_never_take_longer(simulated):
    some = [simulated.Batch(1.0 + place % 7, 0.01, 0.02) for place in range(200)]
    found = [simulated.simulate(some, workers) for workers in (1, 2, 4, 8, 16, 64, 256, 1000)]
    assert all(one.seconds >= one.bound_seconds for one in found)
    assert [one.seconds for one in found] == sorted((one.seconds for one in found), reverse=True)


def test_it_bends_where_a_worker_does_less_than_half(simulated):
    some = costs(simulated, *[1.0] * 8)
    found = [simulated.simulate(some, workers) for workers in (1, 2, 4, 8, 16, 32)]
    assert simulated.bend(found).workers == 32
    assert simulated.bend(found[:4]) is None


@pytest.mark.parametrize(("number", "workers"), [(0, 1), (1, 0)])
def test_nothing_to_schedule_is_refused(simulated, number, workers):
    with pytest.raises(ValueError, match="wanted a batch and a worker or more"):
        simulated.simulate(costs(simulated, *[1.0] * number), workers)
