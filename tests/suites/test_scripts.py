"""No script has code of what was read: whatever a case or a backend says, its tree is that of a harmless one."""

from __future__ import annotations

import ast
import itertools

import pytest
from hostile import TEXTS, acting

from viewproof.cases import CaseSyntaxError, parse_case
from viewproof.contract.installed import contract_of_rule, find_rule, find_target, own_contracts
from viewproof.contract.repro import script_of
from viewproof.errors import NoScript
from viewproof.evidence.expectation import expect
from viewproof.evidence.subject import subject_of
from viewproof.exported.vendor import SIDE_EFFECTS, VIEW_TO_COPY, install

TRANSPOSE = "aten.transpose.int(complex64[2,3]:[3,1]+2~conj, 0, 1)"
#: Cases of every contract that writes scripts, and the targets that they are asked of.
RESULTS = {
    "views": (
        [TRANSPOSE, "aten.transpose.int(float32[2,3]~grad~view, 0, 1)", "aten.transpose.int(float32[2,3], 0, 5)",
         "aten.alias.default(nested(buffer=float32[6], sizes=[[2],[4]]))",
         "aten.contiguous.default(float32[2,3], memory_format=channels_last)"],
        ["eager", "meta", "fake"],
    ),
    "copies": (
        ["aten.transpose_copy.int(float32[2,3], 0, 1)",
         "aten.transpose_copy.int_out(float32[2,3], 0, 1, out=float32[0])",
         "aten.select_scatter.default(float32[2,3]~grad, float32[3]~grad, 0, 1)"],
        ["eager"],
    ),
    "viewmeta": (["schema(aten.select.int)", TRANSPOSE], ["torchgen", "live-class", "inverse", "inverse-scatter"]),
    "functionalization": ([TRANSPOSE], ["functionalize", "functionalize-graph", "functional-mode"]),
    "crossref": (["aten.transpose.int(float32[2,3], 0, 1)"], ["crossref-views", "viewproof-crossref-views"]),
    "decompositions": (["sample(aten.t.default(float32[2,3]))"], ["decomposed", "decomposed-export"]),
    "schemas": (["sample(aten.t.default(float32[2,3]))", "samples(aten.t.default)"], ["sampled"]),
    "decomp_table": (["history(del t[early]; t = t.copy())", "entries(core)"], ["torch-table"]),
    "passes": (["module(aten.transpose.int(float32[2,3], 0, 1))", "module(chain)"], ["view-to-copy"]),
}  # fmt: skip
#: Of these contracts not every rule is tried: to write such a script the case is run.
COSTLY = {
    "crossref": {"crossref.quiet", "crossref.size"},
    "passes": {"passes.values", "passes.refused", "passes.saved"},
}


def tree(script):
    """The script's tree as text, its texts left out; read from bytes, so that a line that names an encoding counts."""
    found = ast.parse(script.encode("utf-8"))
    for node in ast.walk(found):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = ""
    return ast.dump(found)


def applies(target, rule, case):
    traits = subject_of(case, expect(case)).traits
    return find_target(target).takes(traits) and find_rule(rule).applies(traits)


def scripts_of(contract):
    """Every script of the contract on its cases above, by target, rule and case."""
    cases, targets = RESULTS[contract]
    rules = [rule.name for one in own_contracts() if one.name == contract for rule in one.rules]
    for target, rule, case in itertools.product(targets, rules, cases):
        if rule in COSTLY.get(contract, rules) and applies(target, rule, parse_case(case)):
            try:
                yield (target, rule, case), script_of(parse_case(case), target, rule)
            except NoScript:
                continue


def test_every_contract_that_writes_scripts_is_here():
    assert set(RESULTS) == {one.name for one in own_contracts() if one.script is not None}


@pytest.mark.parametrize("contract", RESULTS)
def test_a_name_is_no_code_in_any_script(contract, monkeypatch):
    harmless = dict(scripts_of(contract))
    assert {contract_of_rule(rule).name for _, rule, _ in harmless} == {contract}
    everything = "".join(TEXTS.values())
    monkeypatch.setattr("viewproof.scripts.script.format_case", lambda _: everything)
    for result, script in scripts_of(contract):
        assert tree(script) == tree(harmless[result]), result
        assert acting(script) == [], "nor does it act on a terminal"
        assert ast.get_docstring(ast.parse(script)).count("evil") == everything.count("evil")


def sample_with(text):
    return parse_case(f"sample(aten.einsum.default('{text}', [float32[2]], path=[0]))")


@pytest.mark.parametrize("text", TEXTS.values(), ids=list(TEXTS))
@pytest.mark.parametrize(("target", "rule"), [("decomposed", "decomposition.values"), ("sampled", "schema.alias")])
def test_a_text_in_a_sample_is_a_literal(target, rule, text):
    try:
        case = sample_with(text)
    except CaseSyntaxError:
        assert set(text) & set("'\\\n"), "the grammar takes any other character"
        return
    script = script_of(case, target, rule)
    assert tree(script) == tree(script_of(sample_with("ij"), target, rule))
    assert text in {node.value for node in ast.walk(ast.parse(script)) if isinstance(node, ast.Constant)}
    assert acting(script) == []


@pytest.mark.parametrize(
    "word", ["evil", "os.system", "__import__", "torch.evil", "exit", "evil:1", "lambda", "None.x"]
)
@pytest.mark.parametrize(
    ("target", "rule", "case"),
    [
        ("eager", "layout.size", "aten.contiguous.default(float32[2,3], memory_format=WORD)"),
        ("sampled", "schema.alias", "sample(aten.full.default([WORD], WORD, dtype=WORD, device=WORD, layout=WORD))"),
    ],
)
def test_a_word_is_a_literal(target, rule, case, word):
    scripts = [script_of(parse_case(case.replace("WORD", one)), target, rule) for one in (word, "harmless")]
    assert tree(scripts[0]) == tree(scripts[1])


@pytest.fixture
def backend():
    yield install
    install({})


@pytest.mark.parametrize("text", [*TEXTS.values(), "os\nevil()\nimport os", "os import path; evil() #"])
def test_the_name_of_a_pass_is_a_literal(backend, text):
    """It is read from run.json too, where nobody has resolved it."""
    result = parse_case("module(chain)"), "view-to-copy", "passes.values"
    harmless = script_of(*result)
    for entry in (f"{text}:evil", f"evil:{text}"):
        backend({VIEW_TO_COPY: entry, SIDE_EFFECTS: entry})
        script = script_of(*result)
        assert tree(script) == tree(harmless)
        assert acting(script) == []
