"""Made-up series and benches: what the checks say of them depends on no machine."""

from __future__ import annotations

import pytest

from viewproof.bench.model import Bench, Block, Series, Settings, Spread


def _series(
    median, *, operator="aten.slice.Tensor", variant="eager", rank=3, elements=1_000, wide=0.1, noise=0.02, **more
):
    """A series whose quartiles lie `wide` of the median apart; its reference loop takes 100 us."""
    half = median * wide / 2
    return Series(
        operator=operator,
        variant=variant,
        rank=rank,
        elements=elements,
        case=f"{operator}(float32[{elements}])",
        calls=100,
        samples=15,
        microseconds=Spread(median, median - half, median + half),
        noise=noise,
        relative=median / 100,
        ratio=more.get("ratio", 1.0),
    )


def _bench(series, **more):
    given = {
        "viewproof": "0.1.0",
        "torch": "2.13.0",
        "device": "cpu",
        "timer": "host timer",
        "started": "2026-01-01T00:00:00+00:00",
        "seconds": 1.0,
        "settings": Settings(),
        "environment": {"platform": "somewhere", "machine": "x", "cpus": 2, "python": "3.11"},
        "blocks": (Block("aten.slice.Tensor", 0.5, Spread(100.0, 98.0, 104.0)),),
        "absent": (),
        "findings": (),
    }
    return Bench(series=tuple(series), **(given | more))


@pytest.fixture(scope="session")
def series():
    return _series


@pytest.fixture(scope="session")
def made_up():
    return _bench
