"""The gradients and tangents of a read, which is a linear map on real components, by its matrix and the transpose.

Torch's gradient of a complex tensor holds the derivative by the real part and the one by the imaginary part, so that on
real components the backward of a read is the plain transpose of a matrix of 0, 1 and -1.
"""

from __future__ import annotations

from viewproof_reference.layout.dtypes import DTYPES
from viewproof_reference.layout.model import Layout
from viewproof_reference.layout.positions import positions


def sent(count: int, is_complex: bool) -> list[complex]:
    """The distinct integers that are sent backward through (or carried forward by) `count` elements."""
    if is_complex:
        return [complex(index + 1, index + 101) for index in range(count)]
    return [complex(index + 1) for index in range(count)]


def _places(layout: Layout) -> list[list[tuple[int, int]]]:
    # For each element the (real component of the storage, sign) of its parts.
    row = DTYPES[layout.dtype]
    sign = -1 if layout.neg else 1
    if row.real is None:
        return [[(place, sign)] for place in positions(layout)]
    other = -sign if layout.conj else sign
    return [[(2 * place, sign), (2 * place + 1, other)] for place in positions(layout)]


def _is_plain(layout: Layout) -> bool:
    """Whether elements are read unchanged as one number each, so that gradients just add up by position."""
    return not layout.neg and DTYPES[layout.dtype].real is None


def _number(parts: list[int]) -> complex:
    return complex(parts[0], parts[1]) if len(parts) == 2 else complex(parts[0])


def expected_gradient(base: Layout, outputs: list[Layout]) -> list[complex]:
    """The gradient of each element of `base` (row-major) when each output's gradient is `sent`."""
    received: dict[int, int] = {}
    if all(_is_plain(layout) for layout in (base, *outputs)):
        for output in outputs:
            for sent_there, place in enumerate(positions(output), 1):
                received[place] = received.get(place, 0) + sent_there
        return [complex(received.get(place, 0)) for place in positions(base)]
    for output in outputs:
        places = _places(output)
        for value, parts in zip(sent(len(places), DTYPES[output.dtype].real is not None), places, strict=True):
            for number, (place, sign) in zip((value.real, value.imag), parts, strict=False):
                received[place] = received.get(place, 0) + sign * int(number)
    return [_number([sign * received.get(place, 0) for place, sign in parts]) for parts in _places(base)]


def expected_tangent(base: Layout, output: Layout) -> list[complex]:
    """The tangent of each element of `output` (row-major) when the tangents of `base` are `sent`."""
    carried: dict[int, int] = {}
    if _is_plain(base) and _is_plain(output):
        carried = {place: number for number, place in enumerate(positions(base), 1)}
        return [complex(carried.get(place, 0)) for place in positions(output)]
    places = _places(base)
    for value, parts in zip(sent(len(places), DTYPES[base.dtype].real is not None), places, strict=True):
        for number, (place, sign) in zip((value.real, value.imag), parts, strict=False):
            carried[place] = sign * int(number)
    return [_number([sign * carried.get(place, 0) for place, sign in parts]) for parts in _places(output)]
