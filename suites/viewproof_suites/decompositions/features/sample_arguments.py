"""Features of samples: of the arguments of a call that are no tensors, and of all its tensors together."""

# Every feature takes the case and what the reference says of it.

from __future__ import annotations

from math import prod
from typing import Any

from viewproof.cases.model import Case
from viewproof.catalog.overloads import resolve
from viewproof.contract.features import Features
from viewproof.evidence.expectation import Expectation
from viewproof.samples.cases import SampleCase
from viewproof_reference.layout.algebra import is_contiguous
from viewproof_reference.layout.dtypes import DTYPES
from viewproof_reference.layout.model import Layout
from viewproof_suites.decompositions.features.samples import layouts_of

FEATURES = Features()


def _asked(case: Any) -> dict[str, Any]:
    """Every argument of a sample's call by its name, in the schema's order: its default, or None, where not given.

    Empty where the case is no sample.
    """
    if not isinstance(case, SampleCase):
        return {}
    arguments = resolve(case.operator)._schema.arguments
    given = dict(zip([one.name for one in arguments], case.call.args, strict=False)) | dict(case.call.kwargs)
    return {one.name: given.get(one.name, one.default_value) for one in arguments}


def _all(case: Case) -> list[Layout]:
    return [layout for value in _asked(case).values() for layout in layouts_of(value)]


def _first(case: Case) -> Layout | None:
    return next(iter(_all(case)), None)


def _is_sample(case: Any) -> bool:
    return isinstance(case, SampleCase)


def _trains(asked: dict[str, Any]) -> bool:
    return any(asked.get(name) is True for name in ("train", "training", "use_input_stats"))


@FEATURES.feature("sample-training")
def _training(case: Case, expectation: Expectation) -> bool:
    """A flag of the call says that it is made in training."""
    return _trains(_asked(case))


@FEATURES.feature("sample-drops")
def _drops(case: Case, expectation: Expectation) -> bool:
    """The call is made in training, and its dropout probability is not 0."""
    asked = _asked(case)
    return _trains(asked) and asked.get("p", 0) != 0


@FEATURES.feature("sample-updates-statistics")
def _updates(case: Case, expectation: Expectation) -> bool:
    """Running statistics are given, with a momentum that is not 0, and the call trains, or has no flag for it."""
    asked = _asked(case)
    told = {"training", "train", "use_input_stats"}.isdisjoint(asked) or _trains(asked)
    return told and _statistics(case, expectation) and asked.get("momentum") != 0


@FEATURES.feature("sample-statistics")
def _statistics(case: Case, expectation: Expectation) -> bool:
    """Running statistics are given: `running_mean` is a tensor."""
    return bool(list(layouts_of(_asked(case).get("running_mean"))))


@FEATURES.feature("sample-channels")
def _channels(case: Case, expectation: Expectation) -> bool:
    """The first tensor has a second dimension, of extent above 0."""
    first = _first(case)
    return first is not None and len(first.size) > 1 and first.size[1] > 0


@FEATURES.feature("sample-heads")
def _heads(case: Case, expectation: Expectation) -> bool:
    """The first tensor has several batches or heads (dimensions 0 and 1), and an extent above 1 in dimension 2."""
    first = _first(case)
    return first is not None and len(first.size) > 2 and prod(first.size[:2]) > 1 and first.size[2] > 1


@FEATURES.feature("sample-vector")
def _vector(case: Case, expectation: Expectation) -> bool:
    """The first tensor has one dimension, of several elements."""
    first = _first(case)
    return first is not None and len(first.size) == 1 and first.size[0] > 1


@FEATURES.feature("sample-lazy")
def _lazy(case: Case, expectation: Expectation) -> bool:
    """A tensor is lazily conjugated or negated."""
    return any(one.conj or one.neg for one in _all(case))


@FEATURES.feature("sample-contiguous")
def _contiguous(case: Case, expectation: Expectation) -> bool:
    """Every tensor's elements are in row-major order without gaps."""
    return _is_sample(case) and all(is_contiguous(one.size, one.stride) for one in _all(case))


@FEATURES.feature("sample-tensors")
def _tensors(case: Case, expectation: Expectation) -> bool:
    """The call takes a tensor."""
    return bool(_all(case))


@FEATURES.feature("sample-one-dtype")
def _one_dtype(case: Case, expectation: Expectation) -> bool:
    """All tensors have one dtype, which is also that of the `dtype` arguments, if any."""
    named = {value for value in _asked(case).values() if type(value) is str and value in DTYPES}
    return len({one.dtype for one in _all(case)} | named) == 1


@FEATURES.feature("sample-reduces")
def _reduces(case: Case, expectation: Expectation) -> bool:
    """A loss is reduced, to its mean or to its sum."""
    return bool(_asked(case).get("reduction", 0) != 0)


@FEATURES.feature("sample-out-smaller")
def _out_smaller(case: Case, expectation: Expectation) -> bool:
    """The tensor `out` has fewer elements than the first one."""
    first = _first(case)
    return first is not None and any(prod(out.size) < prod(first.size) for out in layouts_of(_asked(case).get("out")))


@FEATURES.feature("sample-bags")
def _bags(case: Case, expectation: Expectation) -> bool:
    """At least one bag of embeddings is summed or averaged, that is, not reduced to its maximum."""
    asked = _asked(case)
    return asked.get("mode") != 2 and any(0 not in one.size for one in layouts_of(asked.get("offsets")))


@FEATURES.feature("sample-gradient")
def _gradient(case: Case, expectation: Expectation) -> bool:
    """A gradient is passed as an argument."""
    return any(name.startswith("grad") and list(layouts_of(value)) for name, value in _asked(case).items())


@FEATURES.feature("sample-parts")
def _parts(case: Case, expectation: Expectation) -> bool:
    """The call returns parts: its `split_sizes` are not empty, or it has none."""
    return _is_sample(case) and _asked(case).get("split_sizes") != ()
