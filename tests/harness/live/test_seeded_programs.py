"""A wrong kernel, seeded for one operator on one key, is found in a transformer's forward pass, where the model calls.

On a model of torch's own modules always; on a BERT of the package transformers where that is installed.
"""

from __future__ import annotations

import importlib.util
import json

import pytest

OWN = '''
import torch
from torch import nn


class Attention(nn.Module):
    """Attention over two heads, as models write it."""

    def __init__(self):
        super().__init__()
        self.inward, self.outward = nn.Linear(8, 24), nn.Linear(8, 8)

    def forward(self, x):
        query, key, value = self.inward(x).chunk(3, dim=-1)
        query = query.view(2, 5, 2, 4).transpose(1, 2)
        key = key.reshape(2, 5, 2, 4).permute(0, 2, 1, 3)
        value = value.reshape(2, 5, 2, 4).permute(0, 2, 1, 3)
        mixed = nn.functional.scaled_dot_product_attention(query, key, value)
        return self.outward(mixed.permute(0, 2, 1, 3).reshape(2, 5, 8))


model = Attention()
given = torch.randn(2, 5, 8)
'''
BERT = """
import torch
from transformers import BertConfig, BertModel

config = BertConfig(
    hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16, vocab_size=20,
    max_position_embeddings=16, attn_implementation="eager",
)
model = BertModel(config).eval()
given = torch.randint(0, 20, (2, 5))
"""
#: Where the models transpose: a file, and what the line must hold.
MODELS = {"own": (OWN, "program.py"), "transformers": (BERT, "modeling_bert.py")}
FORWARD = """
import json
import viewproof

with torch.no_grad(), viewproof.crossref(again=AGAIN) as findings:
    model(given)
assert findings.errors == [], findings.errors
assert findings.counts["checked"] > 10
found = [
    {"target": one.target, "rule": one.rule, "operator": one.operator, "line": one.line, "source": one.source,
     "seen": one.seen, "case": one.case}
    for one in findings
]
print("FOUND", json.dumps(found))
"""
#: A transpose whose elements are right, and that is a copy: no assertion on values would see it.
SEED = """
def copied(self, dim0, dim1):
    size, stride = list(self.size()), list(self.stride())
    size[dim0], size[dim1] = size[dim1], size[dim0]
    stride[dim0], stride[dim1] = stride[dim1], stride[dim0]
    view = torch.empty(0, dtype=self.dtype, device=self.device)
    view.set_(self.untyped_storage(), self.storage_offset(), size, stride)
    return view.clone(memory_format=torch.contiguous_format)


LIBRARY = torch.library.Library("aten", "IMPL")
LIBRARY.impl("transpose.int", copied, "KEY", allow_override=True)
"""


def script_of(model, key):
    if model == "transformers" and importlib.util.find_spec("transformers") is None:
        pytest.skip("the package transformers is not installed (it comes with viewproof[programs])")
    # What the program itself shows needs no run by name.
    forward = FORWARD.replace("AGAIN", str(key != "CPU"))
    return MODELS[model][0] + (SEED.replace("KEY", key) if key else "") + forward


def found_by(done):
    line = next((line for line in done.stdout.splitlines() if line.startswith("FOUND ")), None)
    assert line is not None, done.stdout + done.stderr
    return json.loads(line.removeprefix("FOUND "))


@pytest.mark.parametrize("model", MODELS)
def test_without_a_fault_nothing_is_found(child, model):
    assert found_by(child(script_of(model, ""))) == []


@pytest.mark.parametrize("model", MODELS)
def test_a_wrong_kernel_on_the_cpu_is_found_where_the_model_calls_it(child, model):
    found = found_by(child(script_of(model, "CPU")))
    live = [one for one in found if one["seen"] == "live"]
    assert {one["operator"] for one in live} <= {"aten.transpose.int", "aten.t.default"}, "torch's t calls transpose"
    assert {"layout.stride", "alias.storage"} <= {one["rule"] for one in live}
    in_model = [one for one in live if MODELS[model][1] in one["line"] and "transpose(" in one["source"]]
    assert {one["rule"] for one in in_model} >= {"layout.stride", "alias.storage"}
    assert {one["target"] for one in live} == {"eager"}
    if model == "own":
        line = next(number for number, text in enumerate(OWN.splitlines(), 1) if ".transpose(1, 2)" in text)
        lines = {one["line"] for one in in_model}
        assert {text.rpartition(":")[2] for text in lines} == {f"{line} in Attention.forward"}, "the very line"


@pytest.mark.parametrize("model", MODELS)
def test_a_wrong_meta_kernel_is_found_where_the_model_calls_the_operator(child, model):
    found = found_by(child(script_of(model, "Meta")))
    assert {one["seen"] for one in found} == {"again"}, "the program itself runs on the CPU"
    assert {one["operator"] for one in found} >= {"aten.transpose.int"}
    in_model = [one for one in found if MODELS[model][1] in one["line"] and "transpose(" in one["source"]]
    assert ("meta", "layout.stride") in {(one["target"], one["rule"]) for one in in_model}
    assert ("fake", "layout.stride") in {(one["target"], one["rule"]) for one in in_model}
    assert not any(one["target"] == "eager" for one in found)
