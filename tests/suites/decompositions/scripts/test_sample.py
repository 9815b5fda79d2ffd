"""Scripts on samples exit 1 where torch is at fault, and 0 where it is not."""

import subprocess
import sys

import pytest
import torch

from viewproof.cases import parse_case
from viewproof.contract.installed import all_rules
from viewproof.contract.repro import script_of
from viewproof.engine.address import find_result
from viewproof.errors import NoScript, UsageError

ADD = "sample(aten.addcmul.default(float32[2,3]:[1,2], float32[2,3], unit(float32[2,3])))"
SOFTMAX = "sample(aten._softmax.out(float32[5]:[2]+1, 0, False, out=float32[5]:[2]+1))"
SORT = "sample(aten.sort.values(float32[3], 0, values=float32[3], indices=int64[3]))"
#: Target -> the rules that hold of ADD there.
HOLD = {
    "decomposed": [name for name in all_rules() if name.startswith("decomposition.")][:8],
    "decomposed-export": [name for name in all_rules() if name.startswith("decomposition.")],
    "decomposed-meta": [f"decomposition.{word}" for word in ("structure", "size", "stride", "stride-exact", "dtype",
                                                           "aliasing")],
}  # fmt: skip


def statuses(folder, texts):
    """The exit statuses of the scripts, run in one process, since each would import torch anew."""
    paths = []
    for place, text in enumerate(texts):
        assert "viewproof" not in "".join(line for line in text.splitlines() if "import" in line)
        paths.append(folder / f"script{place}.py")
        paths[-1].write_text(text)
    program = (
        "import runpy, sys\n"
        "for path in sys.argv[1:]:\n"
        "    try:\n        runpy.run_path(path, run_name='__main__')\n"
        "    except SystemExit as end:\n        print('exit', end.code)\n"
    )
    command = [sys.executable, "-W", "ignore", "-c", program, *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [int(line.split()[1]) for line in done.stdout.splitlines() if line.startswith("exit ")]


def holding():
    """Scripts of rules that hold; two of them, changed so that what they look at lies."""
    texts = [script_of(parse_case(ADD), target, rule) for target, rules in HOLD.items() for rule in rules]
    texts += [
        script_of(parse_case(SORT), "sampled", f"schema.{word}") for word in ("alias", "returns-apart", "mutation")
    ]
    texts += [script_of(parse_case("samples(aten.t.default)"), "sampled", "schema.alias-happens")]
    relu = script_of(parse_case("samples(aten.relu.default)"), "sampled", "schema.alias-happens")
    closed = script_of(parse_case(ADD), "decomposed-export", "decomposition.closed")
    gives_up = closed.replace("leaves = []", "leaves = []\ntable[operator] = lambda *_, **__: NotImplemented")
    return [*texts, relu], [relu.replace("annotated = {}", "annotated = {0: False}"), gives_up]


FAULTS = [
    ("decomposed", "decomposition.structure", "sample(aten.add.Tensor(float32[2], float32[3]))"),
    ("decomposed", "decomposition.structure", "sample(aten.sub.Scalar(int64[2,3], 2, 2))"),
    ("decomposed", "decomposition.size", "sample(aten._weight_norm_interface.default(float32[3], float32[3]))"),
    ("decomposed-meta", "decomposition.stride", "sample(aten.isin.Tensor_Scalar(int64[2,3]:[1,2], 2))"),
    ("meta-registered", "decomposition.stride-exact", "sample(aten.nonzero_static.default(float32[5], size=0))"),
    ("decomposed-meta", "decomposition.dtype",
     "sample(aten.native_layer_norm.default(bfloat16[0,1], [1], bfloat16[1], bfloat16[1], 1e-05))"),
    ("decomposed", "decomposition.values", SOFTMAX),
    ("decomposed", "decomposition.dtype", "sample(aten.lift.default(float32[5]~neg))"),
    ("decomposed", "decomposition.aliasing", "sample(aten.native_dropout.default(bool[2,3], 0.5, False))"),
    ("decomposed", "decomposition.inputs", SOFTMAX),
    ("decomposed-export", "decomposition.functional", "sample(aten.vander.default(float32[5]))"),
    ("sampled", "schema.alias", "sample(aten.dropout.default(bool[2,3], 0.5, False))"),
    ("sampled", "schema.alias",
     "sample(aten.sparse_csr_tensor.crow_col_value(int64[2]{0,2}, int64[2]{0,1}, float32[2]))"),
    ("sampled", "schema.returns-apart", "sample(aten.where.default(bool[2,3]))"),
    ("sampled", "schema.mutation",
     "sample(aten.batch_norm_update_stats.default(float32[2,3,4], unit(float32[3]), unit(float32[3]), 0.5))"),
]  # fmt: skip


def test_scripts_exit_as_their_rules_hold(tmp_path):
    """0 where a rule holds, and 1 for each rule: of a fault of torch's, or where what is looked at is made to lie."""
    hold, broken = holding()
    if torch.__version__.startswith("2.13."):
        broken += [script_of(parse_case(case), target, rule) for target, rule, case in FAULTS]
        shown = {rule for _, rule, _ in FAULTS} | {"decomposition.closed", "schema.alias-happens"}
        assert shown == {name for name in all_rules() if name.startswith(("decomposition.", "schema."))}
    assert statuses(tmp_path, hold + broken) == [0] * len(hold) + [1] * len(broken)


@pytest.mark.parametrize(
    ("text", "target", "rule", "wanted"),
    [
        (ADD, "decomposed", "schema.alias", "a rule that is asked of decomposed"),
        (ADD, "sampled", "decomposition.size", "a rule that is asked of sampled"),
        ("schema(aten.t.default)", "sampled", "schema.alias", "wanted a sample, got SchemaCase"),
        (
            "sample($0=float32@4; aten.add.Tensor($0[2], $0[2]))",
            "decomposed",
            "decomposition.size",
            "storages of their",
        ),
    ],
)
def test_what_has_no_script_says_why(text, target, rule, wanted):
    with pytest.raises(NoScript, match=wanted):
        script_of(parse_case(text), target, rule)


def test_no_script_is_written_of_a_call_that_does_not_bind():
    with pytest.raises(UsageError, match="wanted an argument other, got none"):
        find_result("decompositions/decomposed/decomposition.structure/sample(aten.add.Tensor(float32[2]))")
