"""Plain features: what the operand, the arguments and the expected outputs are."""

# Every feature takes the case and what the reference says of it.

from __future__ import annotations

from collections.abc import Iterator

from viewproof.cases.model import Case, TensorArgument
from viewproof.contract.features import FLOAT8, UNSIGNED, Features, dense, insignificant, outputs_of, significant
from viewproof.evidence.expectation import Expectation
from viewproof_reference.layout import DTYPES, contiguous_strides, element_count
from viewproof_reference.layout.positions import positions

FEATURES = Features()

FEATURES.on_base("empty", lambda base: 0 in base.size)
FEATURES.on_base("scalar", lambda base: base.size == ())
FEATURES.on_base("overlapping", lambda base: len(set(positions(base))) < len(positions(base)))
FEATURES.on_base("lazy", lambda base: base.conj or base.neg)
FEATURES.on_base("complex", lambda base: DTYPES[base.dtype].kind == "complex")
FEATURES.on_base("has-1", lambda base: 1 in base.size)
FEATURES.on_base("contiguous", lambda base: base.stride == contiguous_strides(base.size))
FEATURES.on_base("offset", lambda base: base.offset != 0)
FEATURES.on_base("conj", lambda base: base.conj)
FEATURES.on_base("neg", lambda base: base.neg)
FEATURES.on_base("float", lambda base: DTYPES[base.dtype].kind == "float")
FEATURES.on_base("dense", dense)
# Torch has no kernel that negates these (neg_stub).
FEATURES.on_base("no-negation", lambda base: base.dtype in {"bool"} | UNSIGNED | FLOAT8)


@FEATURES.feature("always")
def _always(case: Case, expectation: Expectation) -> bool:
    """Every case of the issue's operators."""
    return True


@FEATURES.feature("grad")
def _grad(case: Case, expectation: Expectation) -> bool:
    """The first operand requires a gradient."""
    return isinstance(case.args[0], TensorArgument) and "grad" in case.args[0].flags


def _known(case: Case) -> list[TensorArgument]:
    # The operands whose values are read as numbers.
    return [one for one in case.args if isinstance(one, TensorArgument) and one.values is not None]


@FEATURES.feature("numbers-scalar")
def _numbers_scalar(case: Case, expectation: Expectation) -> bool:
    """An operand that is read as numbers has no dimension."""
    return any(not one.layout.size for one in _known(case))


@FEATURES.feature("numbers-not-int64")
def _numbers_not_int64(case: Case, expectation: Expectation) -> bool:
    """An operand that is read as numbers is not of int64."""
    return any(one.layout.dtype != "int64" for one in _known(case))


@FEATURES.feature("numbers-filled")
def _numbers_filled(case: Case, expectation: Expectation) -> bool:
    """An operand that is read as numbers has elements."""
    return any(one.values for one in _known(case))


def _lists(case: Case) -> list[tuple[int, ...]]:
    return [one for one in case.args if type(one) is tuple]


@FEATURES.feature("below-minus-1")
def _below_minus_1(case: Case, expectation: Expectation) -> bool:
    """A list of numbers has one below -1."""
    return any(min(one, default=0) < -1 for one in _lists(case))


@FEATURES.feature("list-negative")
def _list_negative(case: Case, expectation: Expectation) -> bool:
    """A list of numbers has one below 0. The feature `negative-number` includes numbers outside of lists."""
    return any(min(one, default=0) < 0 for one in _lists(case))


@FEATURES.feature("lists-of-one-length")
def _even_lists(case: Case, expectation: Expectation) -> bool:
    """There are list arguments, and all have one length."""
    return len({len(one) for one in _lists(case)}) == 1


@FEATURES.feature("wants-copy")
def _copy(case: Case, expectation: Expectation) -> bool:
    """An output is on a storage of its own."""
    return any(output.shares is None for output in expectation.outputs or ())


@FEATURES.feature("out-empty")
def _out_empty(case: Case, expectation: Expectation) -> bool:
    """An output has no element."""
    return any(0 in layout.size for layout in outputs_of(expectation))


@FEATURES.feature("out-has-1")
def _out_ones(case: Case, expectation: Expectation) -> bool:
    """An output has a dimension of one element."""
    return any(1 in layout.size for layout in outputs_of(expectation))


@FEATURES.feature("out-has-rest")
def _out_rest(case: Case, expectation: Expectation) -> bool:
    """An output has several elements."""
    return any(0 not in layout.size and max(layout.size, default=1) > 1 for layout in outputs_of(expectation))


@FEATURES.feature("last-out-empty")
def _last_empty(case: Case, expectation: Expectation) -> bool:
    """The last output has no element."""
    return any(0 in layout.size for layout in outputs_of(expectation)[-1:])


FEATURES.on_output("out-other-count", lambda base, out: element_count(out.size) != element_count(base.size))
FEATURES.on_output("out-other-size", lambda base, out: out.size != base.size)
FEATURES.on_output("out-other-elements", lambda base, out: positions(out) != positions(base))
FEATURES.on_output("out-other-stride", lambda base, out: significant(out) != significant(base))
FEATURES.on_output("out-other-free-stride", lambda base, out: insignificant(out) != insignificant(base))
FEATURES.on_output("out-other-offset", lambda base, out: out.offset != base.offset)
FEATURES.on_output("out-other-bits", lambda base, out: (out.conj, out.neg) != (base.conj, base.neg))
FEATURES.on_output("out-grows-storage", lambda base, out: out.storage_bytes > base.storage_bytes)


def _numbers(case: Case) -> Iterator[int]:
    for one in (*case.args, *(value for _, value in case.kwargs)):
        if type(one) is int:
            yield one
        elif type(one) is tuple:
            yield from (number for number in one if type(number) is int)


@FEATURES.feature("view")
def _view(case: Case, expectation: Expectation) -> bool:
    """The first operand is itself a view."""
    return isinstance(case.args[0], TensorArgument) and "view" in case.args[0].flags


@FEATURES.feature("negative-number")
def _negative(case: Case, expectation: Expectation) -> bool:
    """A number is below 0, in a list or alone, as a positional or a keyword argument."""
    return any(number < 0 for number in _numbers(case))


@FEATURES.feature("empty-list")
def _empty_list(case: Case, expectation: Expectation) -> bool:
    """A list is empty."""
    return () in _lists(case)


@FEATURES.feature("wants-identity")
def _identity(case: Case, expectation: Expectation) -> bool:
    """An output is the operand itself, the same object."""
    return any(output.identity for output in expectation.outputs or ())


@FEATURES.feature("out-offset")
def _out_offset(case: Case, expectation: Expectation) -> bool:
    """An output has a storage offset."""
    return any(layout.offset != 0 for layout in outputs_of(expectation))


@FEATURES.feature("out-contiguous")
def _out_contiguous(case: Case, expectation: Expectation) -> bool:
    """Every output has contiguous strides, also where no element depends on them (unlike `out-not-contiguous`)."""
    return all(layout.stride == contiguous_strides(layout.size) for layout in outputs_of(expectation))
