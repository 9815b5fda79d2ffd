"""What an operator asks of its operands is known by the names of its arguments, and put into a call that lacks it."""

import pytest

from viewproof.samples import demands
from viewproof.samples.cases import DOMAINS, format_sample, parse_sample
from viewproof.samples.demands import demands_of, satisfied


def call(text):
    return parse_sample(text).call


#: A call as it may be seen, and as a sample has it.
ASKED = {
    "inverse.default(float32[3,3])": "inverse.default(invertible(float32[3,3]))",
    "linalg_solve.default(float32[2,2], float32[2])": "linalg_solve.default(invertible(float32[2,2]), float32[2])",
    "triangular_solve.default(float32[2,1], float32[2,2])":
        "triangular_solve.default(float32[2,1], triangular(float32[2,2]))",
    "linalg_eigh.default(complex64[2,2], 'U')": "linalg_eigh.default(spd(complex64[2,2]), 'U')",
    "normal.Tensor_Tensor(float32[2], float32[2])": "normal.Tensor_Tensor(float32[2], unit(float32[2]))",
    "searchsorted.Tensor(float32[4], float32[2])": "searchsorted.Tensor(ascending(float32[4]), float32[2])",
    "gradient.tensorarray(float32[3,3], spacing=[float32[3],float32[3]], dim=[0,1])":
        "gradient.tensorarray(float32[3,3], spacing=[ascending(float32[3]),ascending(float32[3])], dim=[0,1])",
}  # fmt: skip


@pytest.mark.parametrize("text", ASKED)
def test_what_is_asked_is_put_there(text):
    text, wanted = f"aten.{text}", f"aten.{ASKED[text]}"
    assert format_sample(satisfied(call(text))) == wanted
    assert satisfied(call(wanted)) == call(wanted)


def test_another_domain_will_do_where_it_gives_as_much():
    as_good = call("aten.inverse.default(spd(float32[3,3]))")
    assert satisfied(as_good) == as_good
    wanted = call("aten.inverse.default(invertible(float32[3,3]))")
    assert satisfied(call("aten.inverse.default(unit(float32[3,3]))")) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "aten.add.Tensor(float32[3], float32[3])",  # of which nothing is asked
        "aten.inverse.default(float32[0,0])",  # nothing that could be otherwise
        "aten.linalg_svd.default(float32[2,3])",  # no square matrix
        "aten.searchsorted.Tensor(int64[2]{1,3}, int64[1]{2})",  # numbers that the case spells out
        "aten.bernoulli_.float(float32[3], 0.5)",  # an operand that is overwritten
        "aten.binary_cross_entropy.out(unit(float32[2]), unit(float32[2]), out=float32[])",  # an out
    ],
)
def test_what_is_not_asked_for_stays(text):
    assert satisfied(call(text)) == call(text)


def test_demands_are_domains_and_name_arguments_that_there_are():
    tables = [demands._OF_ARGUMENTS, *demands._OF_PACKETS.values()]
    assert {domain for table in tables for domains in table.values() for domain in domains} <= set(DOMAINS)
    assert demands_of("aten.native_batch_norm.default")["running_var"] == ("unit", "above")
    assert demands_of("aten._fused_adam_.default").keys() == {"exp_avg_sqs", "max_exp_avg_sqs", "state_steps"}
