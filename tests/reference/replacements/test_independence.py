"""No mechanism imports what it is the reference of."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3] / "reference" / "viewproof_reference" / "replacements"
#: Folder -> the beginnings of the modules that it is the reference of.
REFERENCE_OF = {
    "view_to_copy": ("torch._export.passes", "torch._export.pass_base"),
    "side_effects": ("torch._export.passes", "torch._export.pass_base"),
    "graphs": ("torch._export",),
}


@pytest.mark.parametrize("folder", REFERENCE_OF)
def test_a_pass_does_not_import_the_pass_it_is_the_reference_of(folder):
    files = sorted((ROOT / folder).glob("*.py"))
    assert files
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not [name for name in names if name.startswith(REFERENCE_OF[folder])], file.name
