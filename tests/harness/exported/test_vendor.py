"""A backend file names passes: read, resolved, refused in one line, and taken to the workers of a run."""

import json

import made_run
import pytest
from click.testing import CliRunner

from viewproof.cli import main
from viewproof.contract.known_issues import in_force, own_issues
from viewproof.exported.vendor import BackendError, install, maker_of, read_passes, replaced_targets
from viewproof.records.outdir import write_json
from viewproof_reference.replacements.view_to_copy import ViewToCopy

OURS = '[passes]\nview_to_copy = "viewproof_reference.replacements.view_to_copy:ViewToCopy"\n'


@pytest.fixture(autouse=True)
def torch_again():
    yield
    install({})


def written(folder, text):
    path = folder / "backend.toml"
    path.write_text(text)
    return path


def test_without_a_file_torch_is_tried():
    assert read_passes(None) == {}
    assert maker_of("view_to_copy").__name__ == "ReplaceViewOpsWithViewCopyOpsPass"
    assert replaced_targets() == frozenset()


def test_a_named_class_takes_torchs_place_and_nothing_is_known_of_it(tmp_path):
    install(read_passes(written(tmp_path, OURS)))
    assert maker_of("view_to_copy") is ViewToCopy
    assert maker_of("side_effects").__name__ == "_FunctionalizeSideEffectfulOpsPass"
    kept = in_force(own_issues())
    assert not {target for issue in kept for target in issue.targets} & replaced_targets()
    assert "view-to-copy-reference" in {target for issue in kept for target in issue.targets}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[passes\n", "wanted TOML"),
        ("passes = 3\n", "passes: wanted a table, got 3"),
        ("", "passes: wanted a table, got an empty file"),
        ('[pass]\nview_to_copy = "a:B"\n', "passes: wanted a table, got pass"),
        ("[passes]\n", "passes: wanted one of view_to_copy, side_effects, got an empty table"),
        ('[passes]\nview_to_cpy = "a:B"\n', "passes.view_to_cpy: wanted one of view_to_copy, side_effects"),
        ("[passes]\nview_to_copy = 3\n", "passes.view_to_copy: wanted 'module:Class', got 3"),
        ('[passes]\nview_to_copy = "json.dumps"\n', "wanted 'module:Class', got 'json.dumps'"),
        ('[passes]\nview_to_copy = "no_such_module:Pass"\n', "cannot be imported (ModuleNotFoundError"),
        ('[passes]\nview_to_copy = "json:Pass"\n', "cannot be imported (AttributeError"),
        (
            '[passes]\nview_to_copy = "math:pi"\n',
            "wanted a class or a function that makes a pass, got math:pi, a float",
        ),
    ],
)
def test_a_file_that_cannot_be_used_is_refused(tmp_path, text, said):
    with pytest.raises(BackendError) as caught:
        read_passes(written(tmp_path, text))
    assert said in str(caught.value)
    result = CliRunner().invoke(main, ["run", "views", "--backend", str(tmp_path / "backend.toml")])
    assert result.exit_code == 2
    assert said in " ".join(result.stderr.split())


def test_a_run_says_whose_pass_it_tried(tmp_path):
    out = tmp_path / "out"
    query = "passes/view-to-copy/passes.modified/module(no_view)"
    arguments = ["run", query, "--jobs", "1", "--out", str(out), "--backend", str(written(tmp_path, OURS))]
    # Torch's own pass says modified of this module, which is known; the reference's says that it is not.
    assert CliRunner().invoke(main, arguments).exit_code == 0
    run = json.loads((out / "run.json").read_text())
    assert run["passes"] == {"view_to_copy": "viewproof_reference.replacements.view_to_copy:ViewToCopy"}
    summary = json.loads((out / "summary.json").read_text())
    assert summary["verdicts"]["pass"] == 1


def test_show_and_repro_try_the_pass_that_the_run_tried(tmp_path):
    backend, run = written(tmp_path, OURS), tmp_path / "run"
    result = "passes/view-to-copy/passes.modified/module(no_view)"
    suite, target, rule, case = result.split("/")
    failed = made_run.failure(case, rule, suite=suite, target=target, operator="module.no_view")
    record = made_run.record([case], [failed], (rule,), suite, "module.no_view", (target,))
    made_run.write(run, [record])
    write_json(run / "run.json", made_run.run_of(passes=read_passes(backend)))
    ours, torchs = "'ViewToCopy')", "'ReplaceViewOpsWithViewCopyOpsPass')"
    for arguments, wanted in (
        ([result], torchs),
        ([result, "--backend", str(backend)], ours),
        (["1", "--run", str(run)], ours),
    ):
        script = CliRunner().invoke(main, ["repro", *arguments])
        assert script.exit_code == 0, script.output
        assert wanted in script.stdout
    # Torch's pass says modified of this module, the reference's does not.
    assert "passes.modified: fail" in CliRunner().invoke(main, ["show", result]).stdout
    assert "passes.modified: pass" in CliRunner().invoke(main, ["show", result, "--backend", str(backend)]).stdout
