"""Bases for the layout rules, and what numpy sees of a layout: arrays whose values are storage positions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from viewproof_reference.layout import Layout, Refusal, predict

STORAGE = 200


def base(size: tuple[int, ...], stride: tuple[int, ...], offset: int = 0, dtype: str = "float32") -> Layout:
    return Layout(size, stride, offset, dtype, False, False, STORAGE * 4)


BASES = [
    base((), (), 3),
    base((5,), (1,)),
    base((5,), (2,), 1),
    base((4,), (0,), 9),
    base((0,), (1,), 2),
    base((1,), (7,)),
    base((2, 3), (3, 1)),
    base((3, 2), (1, 3)),
    base((3, 4), (9, 2), 5),
    base((4, 4), (1, 1)),
    base((3, 0), (4, 1)),
    base((1, 4), (0, 1)),
    base((2, 3, 4), (12, 4, 1)),
    base((4, 3, 2), (1, 4, 12), 2),
    base((2, 1, 3), (3, 50, 1)),
    base((2, 0, 3), (3, 3, 1)),
    base((3, 4, 2), (0, 2, 1)),
    base((2, 3, 2, 2), (24, 1, 12, 3), 1),
]


def seen(layout: Layout) -> np.ndarray[Any, Any]:
    """The storage positions (elements) that `layout` reads, as numpy shapes them."""
    storage = np.arange(STORAGE, dtype=np.int64)
    return np.lib.stride_tricks.as_strided(
        storage[layout.offset :], layout.size, [step * 8 for step in layout.stride], writeable=False
    )


def call(overload: str, *args: Any, **kwargs: Any) -> list[Layout]:
    """The layouts of the outputs; each must be a view of the first operand."""
    found = []
    for output in predict(f"aten.{overload}", args, kwargs):
        assert output.shares == output.source == "self"
        assert output.reads == output.layout
        assert isinstance(output.layout, Layout)
        assert output.layout[3:] == args[0][3:]
        found.append(output.layout)
    return found


def refuses(kind: str, overload: str, *args: Any, **kwargs: Any) -> None:
    with pytest.raises(Refusal) as caught:
        predict(f"aten.{overload}", args, kwargs)
    assert caught.value.kind == kind, caught.value


@pytest.fixture(params=BASES, ids=str)
def tensor(request: pytest.FixtureRequest) -> Layout:
    return request.param  # type: ignore[no-any-return]


Agree = Callable[..., None]


@pytest.fixture
def agree() -> Agree:
    """Call a rule and compare the positions that it reads, and its shape, with numpy's own arrays."""

    def check(wanted: Any, overload: str, *args: Any, **kwargs: Any) -> None:
        arrays = wanted if isinstance(wanted, list) else [wanted]
        found = call(overload, *args, **kwargs)
        assert len(found) == len(arrays)
        for layout, array in zip(found, arrays, strict=True):
            assert layout.size == array.shape, (args, layout)
            assert seen(layout).tolist() == array.tolist(), (args, layout)

    return check


class Kit:
    """The helpers above, for tests that cannot import a conftest."""

    bases = BASES
    base = staticmethod(base)
    seen = staticmethod(seen)
    call = staticmethod(call)
    refuses = staticmethod(refuses)


@pytest.fixture(scope="session")
def kit() -> type[Kit]:
    return Kit
