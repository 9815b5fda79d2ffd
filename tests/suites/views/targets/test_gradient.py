"""What a wrong kernel makes of a derivative is told in words, what torch raises is evidence, no error of ours is."""

import pytest
import torch
from rule_doctoring import observe, seen
from wrong_kernels import Plain, RaisesInFunctions, emptied

from viewproof.evidence.copied import ScatterGradient
from viewproof.evidence.probe import Raised
from viewproof.evidence.replayed import Derivative
from viewproof_suites.views.targets import gradient

READ = "aten.select.int(float32[3,4]~grad, 0, 1)"
SCATTER = "aten.select_scatter.default(float32[2,2]~grad, float32[2], 0, 1)"


def row(self, *_):
    return self.select(0, 1)


def plain(tensor):
    return tensor.as_subclass(Plain)


def instead(backward=lambda sent: sent, forward=lambda tangent: tangent):
    """A kernel that gives the right row, whose derivatives are spoiled so."""

    class Spoiled(torch.autograd.Function):
        @staticmethod
        def forward(_, tensor):
            return tensor[1].clone()

        @staticmethod
        def backward(_, sent):
            return backward(torch.cat([torch.zeros(1, 4), sent[None], torch.zeros(1, 4)]))

        @staticmethod
        def jvp(_, tangent):
            return forward(tangent[1].clone())

    return lambda self, *_: Spoiled.apply(self)


def float4(self, *_):
    return row(self).detach().clone().view(torch.float4_e2m1fn_x2).requires_grad_()


UNFIT = {
    "nothing": (lambda *_: None, "the output does not require grad"),
    "lost": (lambda self, *_: row(self).detach(), "the output does not require grad"),
    "sparse": (lambda self, *_: row(self).to_sparse(), "nothing can be sent back through a sparse_coo tensor"),
    "nested": (
        lambda self, *_: torch.nested.as_nested_tensor([row(self)]),
        "nothing can be sent back through a nested tensor",
    ),
    "elsewhere": (lambda self, *_: row(self).to("meta"), "nothing can be sent back through a tensor on meta"),
    "subclass": (lambda self, *_: plain(row(self)), "nothing can be sent back through a Plain"),
    "raising subclass": (
        lambda self, *_: row(self).as_subclass(RaisesInFunctions),
        "nothing can be sent back through a RaisesInFunctions",
    ),
    "dtype": (float4, "nothing can be sent back through a tensor of torch.float4_e2m1fn_x2"),
    "small dtype": (
        lambda self, *_: row(self).to(torch.float8_e8m0fnu),
        "an output is of a dtype that cannot hold what is sent",
    ),
    "gradient emptied": (instead(emptied), "the gradient cannot be read: elements beyond their storage"),
    "gradient sparse": (instead(torch.Tensor.to_sparse), "the gradient cannot be read: a sparse_coo tensor"),
    "tangent subclass": (instead(forward=plain), "a tangent cannot be read: a Plain"),
}


@pytest.mark.parametrize("fault", UNFIT)
def test_what_a_wrong_kernel_gives_is_told_in_words(fault):
    wrong, words = UNFIT[fault]
    one = seen(READ, probes=("gradient",), change=wrong)
    assert one.observed["gradient"] == Derivative(words, None, ())
    assert one.failing() == {"grad.read"}


def test_a_kernel_of_another_kind_with_right_derivatives_is_right():
    assert seen(READ, probes=("gradient",), change=instead()).failing() == set()


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        (
            lambda self, *_: self.to_sparse(),
            ScatterGradient(*["nothing can be sent back through a sparse_coo tensor"] * 2),
        ),
        (
            lambda self, src, *_: Unread.apply(self, src),
            ScatterGradient("elements beyond their storage", (1, 2)),
        ),
    ],
    ids=["output", "gradient"],
)
def test_the_gradients_of_a_scatter_are_told_in_words(wrong, expected):
    one = seen(SCATTER, probes=("scatter-gradient",), change=wrong)
    assert one.observed["scatter-gradient"] == expected
    assert one.failing() == {"copy.scatter-gradient"}


class Unread(torch.autograd.Function):
    @staticmethod
    def forward(_, tensor, __):
        return tensor.clone()

    @staticmethod
    def backward(_, sent):
        return emptied(sent), sent[0]


def raises(*_):
    raise LookupError("seeded")


@pytest.mark.parametrize(
    ("case", "probe", "wrong"),
    [
        (READ, "gradient", raises),
        (READ, "gradient", instead(raises)),
        (READ, "gradient", instead(forward=raises)),
        (SCATTER, "scatter-gradient", raises),
        (SCATTER, "scatter-gradient", lambda self, *_: self.detach()),
    ],
    ids=["call", "backward", "forward", "scatter", "scatter without a gradient"],
)
def test_what_torch_raises_is_the_evidence(case, probe, wrong):
    (one,) = observe("eager", case, probes=(probe,), change=wrong)
    assert isinstance(one, Raised)
    assert one.classes[0] in ("LookupError", "RuntimeError")


@pytest.mark.parametrize("ours", ["sent_for", "elements_of", "numbers_of"])
@pytest.mark.parametrize(("case", "probe"), [(READ, "gradient"), (SCATTER, "scatter-gradient")])
def test_an_error_of_ours_is_no_evidence(monkeypatch, ours, case, probe):
    monkeypatch.setattr(gradient, ours, raises)
    with pytest.raises(LookupError, match="seeded"):
        observe("eager", case, probes=(probe,))
