"""A worker has one thread, or as many as the environment asks for, in torch's order of the variables."""

import pytest

from viewproof.place import asked_threads


@pytest.mark.parametrize(
    ("environment", "threads"),
    [
        ({}, 1),
        ({"OMP_NUM_THREADS": "8"}, 8),
        ({"MKL_NUM_THREADS": "2"}, 2),
        ({"OMP_NUM_THREADS": "8", "MKL_NUM_THREADS": "2"}, 2),
        ({"OMP_NUM_THREADS": "4,2"}, 4),
        ({"OMP_NUM_THREADS": " 3 "}, 3),
        ({"OMP_NUM_THREADS": "0"}, 1),
        ({"OMP_NUM_THREADS": "-2"}, 1),
        ({"OMP_NUM_THREADS": "many"}, 1),
        ({"OMP_NUM_THREADS": "8", "MKL_NUM_THREADS": ""}, 8),
    ],
)
def test_the_number_is_the_environments(environment, threads):
    assert asked_threads(environment) == threads
