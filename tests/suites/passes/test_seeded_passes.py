"""A vendor's pass with a fault is found: it stands in torch's place by a backend file, and its rule fails."""

from pathlib import Path

import pytest
from exported_evidence import failing, seen

from viewproof.exported.vendor import install, read_passes

#: Pass, class, target, module, a rule that must fail; with the reference's own pass it holds.
FAULTS = (
    ("view_to_copy", "SkipsOne", "view-to-copy", "module(aten.t.default(float32[3,4]))", "passes.copies"),
    ("view_to_copy", "SkipsOne", "view-to-copy", "module(chain)", "passes.no-view"),
    ("view_to_copy", "SkipsOne", "view-to-copy", "module(chain)", "passes.graph"),
    ("view_to_copy", "SkipsOne", "run-decompositions-views", "module(chain)", "passes.no-view"),
    ("view_to_copy", "LeavesWhatItCannot", "view-to-copy", "module(aten.real.default(float32[3]))", "passes.refused"),
    ("view_to_copy", "DropsStackTraces", "view-to-copy", "module(chain)", "passes.metadata"),
    ("view_to_copy", "DropsTensorMeta", "view-to-copy", "module(chain)", "passes.tensor-meta"),
    ("view_to_copy", "KeepsVals", "view-to-copy", "module(aten.t.default(float32[3,4]))", "passes.vals"),
    ("view_to_copy", "Renames", "view-to-copy", "module(chain)", "passes.names"),
    ("view_to_copy", "GivesTwoOneName", "view-to-copy", "module(chain)", "passes.sound"),
    ("view_to_copy", "ChangesArgument", "view-to-copy", "module(chain)", "passes.values"),
    ("view_to_copy", "WritesStrides", "view-to-copy", "module(aten.t.default(float32[3,4]))", "passes.layouts"),
    ("view_to_copy", "LeavesInnerGraphs", "view-to-copy", "module(cond)", "passes.inner-graphs"),
    ("view_to_copy", "LeavesInnerGraphs", "view-to-copy", "module(cond)", "passes.no-inner-view"),
    ("view_to_copy", "CallsPackets", "view-to-copy", "module(chain)", "passes.overloads"),
    ("view_to_copy", "CallsPackets", "view-to-copy", "module(chain)", "passes.saved"),
    ("view_to_copy", "AlwaysModified", "view-to-copy", "module(no_view)", "passes.modified"),
    ("view_to_copy", "WorksInPlace", "view-to-copy", "module(chain)", "passes.input"),
    ("side_effects", "ForgetsTokenOutput", "side-effects", "module(assertions)", "passes.tokens"),
    ("side_effects", "ReordersAssertions", "side-effects", "module(assertions)", "passes.graph"),
    ("side_effects", "DropsCondition", "side-effects", "module(assertion)", "passes.violated"),
    ("side_effects", "DropsLeftovers", "side-effects", "module(range_and_assertions)", "passes.left-effects"),
    ("side_effects", "CountsOn", "side-effects", "module(assertions)", "passes.state"),
    ("side_effects", "CopiesForNothing", "side-effects", "module(no_view)", "passes.untouched"),
    ("side_effects", "TokenForNothing", "side-effects", "module(assertions)", "passes.again"),
    ("view_to_copy", "StopsAtTokens", "side-effects", "module(assertion)", "passes.composed"),
)
REFERENCE = {
    "view_to_copy": "viewproof_reference.replacements.view_to_copy:ViewToCopy",
    "side_effects": "viewproof_reference.replacements.side_effects:SideEffectsToTokens",
}


@pytest.fixture(autouse=True)
def torch_again():
    yield
    install({})


@pytest.mark.parametrize(("which", "name", "target", "text", "rule"), FAULTS)
def test_a_fault_is_found(tmp_path, monkeypatch, which, name, target, text, rule):
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    file = tmp_path / "backend.toml"
    file.write_text(f'[passes]\n{which} = "seeded_passes:{name}"\n')
    install(REFERENCE | read_passes(file))
    assert rule in failing(seen(text, target, "passes."))


@pytest.mark.parametrize(("target", "text"), sorted({(row[2], row[3]) for row in FAULTS}))
def test_without_a_fault_nothing_fails(target, text):
    install(REFERENCE)
    assert failing(seen(text, target, "passes.")) == set()
