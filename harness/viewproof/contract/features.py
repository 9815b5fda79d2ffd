"""Features of a case: named facts of it, or of what the reference says of it, never of a result.

The `when` of a known issue is made of them (conditions.py).
"""

from __future__ import annotations

from collections.abc import Callable

from viewproof.cases.model import Case, TensorArgument
from viewproof.evidence.expectation import Expectation
from viewproof_reference.layout import DTYPES, Layout
from viewproof_reference.layout.positions import positions

#: The dtypes that torch has few kernels for: the unsigned integers but uint8, and the floats of 8 bits.
UNSIGNED = frozenset({"uint16", "uint32", "uint64"})
FLOAT8 = frozenset(name for name in DTYPES if name.startswith("float8"))

Feature = Callable[[Case, Expectation], bool]


def base_of(case: Case) -> Layout | None:
    """The layout of the first operand, where it is strided."""
    first = case.args[0]
    return first.layout if isinstance(first, TensorArgument) else None


def outputs_of(expectation: Expectation) -> list[Layout]:
    """The layouts of the expected strided outputs; none where the case is refused."""
    return [output.layout for output in expectation.outputs or () if isinstance(output.layout, Layout)]


def significant(layout: Layout) -> tuple[int | None, ...]:
    """The strides that an element depends on, None in the place of any other; of an empty tensor, none at all."""
    if 0 in layout.size:
        return ()
    return tuple([step if extent > 1 else None for extent, step in zip(layout.size, layout.stride, strict=True)])


def insignificant(layout: Layout) -> tuple[int | None, ...]:
    """The strides that no element depends on: of dimensions of one element, and all of an empty tensor."""
    if 0 in layout.size:
        return layout.stride
    return tuple([None if extent > 1 else step for extent, step in zip(layout.size, layout.stride, strict=True)])


def dense(layout: Layout) -> bool:
    """Whether the elements fill one run of positions from the first on, none of them twice."""
    places = positions(layout)
    return sorted(places) == list(range(layout.offset, layout.offset + len(places)))


class Features(dict[str, Feature]):
    """The features of one file, or of several, by name; each function registers itself."""

    def feature(self, name: str) -> Callable[[Feature], Feature]:
        """Register a feature. Raises ValueError on a second one of that name."""

        def register(function: Feature) -> Feature:
            if name in self:
                raise ValueError(f"feature {name!r}: wanted one function, got a second one, {function.__name__}")
            self[name] = function
            return function

        return register

    def on_base(self, name: str, test: Callable[[Layout], bool]) -> None:
        """Register a feature of the first operand's layout; it does not hold where that operand is not strided."""

        def found(case: Case, expectation: Expectation) -> bool:  # noqa: ARG001  every feature takes both
            base = base_of(case)
            return base is not None and test(base)

        self.feature(name)(found)

    def on_output(self, name: str, test: Callable[[Layout, Layout], bool]) -> None:
        """Register a feature `test(operand, output)` that holds where it does of some expected output."""

        def found(case: Case, expectation: Expectation) -> bool:
            base = base_of(case)
            return base is not None and any(test(base, layout) for layout in outputs_of(expectation))

        self.feature(name)(found)

    @staticmethod
    def together(*some: Features) -> Features:
        """The features of several files as one. Raises ValueError where two have one name."""
        found = Features()
        for features in some:
            for name, function in features.items():
                found.feature(name)(function)
        return found
