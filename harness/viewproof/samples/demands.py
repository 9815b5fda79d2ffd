"""Requirements that operators have of operands and do not check: invertible matrices, positive variances, sorted bins.

A sample meets them by construction, by a domain of its grammar. The harvest chooses it, and a test checks all samples.
Sources: the operators' documentation in torch.nn.functional, torch.linalg and torch; for internal ones, what
their callers hand them (derivatives.yaml, torch/optim, torch/quasirandom.py).
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Any

from viewproof.cases.model import Case, TensorArgument
from viewproof.catalog.overloads import resolve
from viewproof.samples.cases import MATRICES, DomainTensor
from viewproof.tensors.build import argument_names
from viewproof_reference.layout.dtypes import DTYPES

#: The domains that satisfy a demand; the first is the one to choose.
Domains = tuple[str, ...]

_PROBABILITY: Domains = ("unit",)
_POSITIVE: Domains = ("unit", "above")
_AT_LEAST_1: Domains = ("above",)
_ASCENDING: Domains = ("ascending",)
_INVERTIBLE: Domains = ("invertible", "triangular", "spd")
_TRIANGULAR: Domains = ("triangular",)
_DEFINITE: Domains = ("spd",)

#: By the name of an argument, whatever the operator.
_OF_ARGUMENTS: dict[str, Domains] = {
    **dict.fromkeys(("running_var", "save_var", "rstd", "save_invstd", "invstd"), _POSITIVE),
    **dict.fromkeys(("exp_avg_sqs", "max_exp_avg_sqs", "state_sums"), _POSITIVE),
    "state_steps": _AT_LEAST_1,
    "boundaries": _ASCENDING,
    "sorted_sequence": _ASCENDING,
}
#: By the packet, without underscores around it, and the argument.
_OF_PACKETS: dict[str, dict[str, Domains]] = {
    "bernoulli": {"self": _PROBABILITY, "p": _PROBABILITY},
    "binary_cross_entropy": {"self": _PROBABILITY, "target": _PROBABILITY},
    "binary_cross_entropy_backward": {"self": _PROBABILITY, "target": _PROBABILITY},
    "binomial": {"count": _AT_LEAST_1, "prob": _PROBABILITY},
    "gradient": {"spacing": _ASCENDING},
    "histogram": {"bins": _ASCENDING},
    "log_sigmoid_backward": {"buffer": _PROBABILITY},
    "multinomial": {"self": _PROBABILITY},
    "normal": {"std": _POSITIVE},
    "poisson": {"self": _POSITIVE},
    "randint_like": {"high": _AT_LEAST_1},
    "sample_dirichlet": {"self": _POSITIVE},
    "standard_gamma": {"self": _POSITIVE},
    "standard_gamma_grad": {"self": _POSITIVE, "output": _POSITIVE},
    **{
        packet: {"self": _INVERTIBLE, "A": _INVERTIBLE}
        for packet in (
            "det", "geqrf", "inverse", "linalg_cond", "linalg_det", "linalg_inv", "linalg_inv_ex", "linalg_lstsq",
            "linalg_lu", "linalg_lu_factor", "linalg_lu_factor_ex", "linalg_pinv", "linalg_qr", "linalg_slogdet",
            "linalg_solve", "linalg_solve_ex", "linalg_svd", "linalg_svdvals", "logdet", "lu_with_info", "nuclear_norm",
            "pinverse", "qr", "slogdet", "svd",
        )
    },
    **{
        packet: {"self": _DEFINITE, "A": _DEFINITE}
        for packet in (
            "cholesky", "linalg_cholesky", "linalg_cholesky_ex", "linalg_eigh", "linalg_eigvalsh", "linalg_ldl_factor",
            "linalg_ldl_factor_ex",
        )
    },
    "cholesky_inverse": {"self": _TRIANGULAR},
    "cholesky_solve": {"input2": _TRIANGULAR},
    "cholesky_solve_helper": {"A": _TRIANGULAR},
    "linalg_eig": {"self": _TRIANGULAR},
    "linalg_eigvals": {"self": _TRIANGULAR},
    "linalg_householder_product": {"input": _TRIANGULAR},
    "linalg_ldl_solve": {"LD": _TRIANGULAR},
    "linalg_lu_solve": {"LU": _TRIANGULAR},
    "linalg_solve_triangular": {"self": _TRIANGULAR},
    "lu_solve": {"LU_data": _TRIANGULAR},
    "orgqr": {"self": _TRIANGULAR},
    "ormqr": {"self": _TRIANGULAR},
    "triangular_solve": {"A": _TRIANGULAR},
}  # fmt: skip
#: `bernoulli_` overwrites its operand and does not read it.
_OVERWRITTEN = frozenset({
    "aten.bernoulli_.Tensor", "aten.bernoulli_.float", "aten.bernoulli.p", "aten.bernoulli.float_out",
})  # fmt: skip


@lru_cache(maxsize=4096)
def demands_of(operator: str) -> dict[str, Domains]:
    """The arguments of an overload that have a requirement, by name, with the domains that meet it."""
    packet = operator.split(".")[1].strip("_")
    asked = _OF_ARGUMENTS | _OF_PACKETS.get(packet, {})
    outs = {one.name for one in resolve(operator)._schema.arguments if one.kwarg_only and one.alias_info is not None}
    found = {name: asked[name] for name in argument_names(operator) if name in asked and name not in outs}
    if operator in _OVERWRITTEN:
        found.pop("self", None)
    return found


def satisfied(call: Case) -> Case:
    """The call with every tensor that has a requirement in a domain that meets it."""
    asked = demands_of(call.operator)

    def turn(name: str, value: Any) -> Any:
        if type(value) is tuple:
            return tuple([turn(name, one) for one in value])
        tensor, domain = (value.tensor, value.domain) if type(value) is DomainTensor else (value, "")
        domains = asked.get(name, (domain,))
        if type(tensor) is TensorArgument and domain not in domains and _fits(tensor, domains[0]):
            return DomainTensor(domains[0], tensor)
        return value

    names = argument_names(call.operator)
    args = tuple([turn(names[place], value) for place, value in enumerate(call.args)])
    return replace(call, args=args, kwargs=tuple([(name, turn(name, value)) for name, value in call.kwargs]))


def _fits(tensor: TensorArgument, domain: str) -> bool:
    """Whether a tensor can be in the domain, and being there makes any difference to it."""
    size, kind = tensor.layout.size, DTYPES[tensor.layout.dtype].kind
    if tensor.values is not None or 0 in size or kind not in ("float", "complex"):
        return False
    if domain in MATRICES:
        return len(size) > 1 and size[-1] == size[-2] > 1
    return kind == "float" or domain != "ascending"
