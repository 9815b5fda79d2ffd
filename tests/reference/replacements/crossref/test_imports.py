"""The reference of torch/_dispatch/python.py does not import it."""

import ast
from pathlib import Path

import viewproof_reference.replacements.crossref as crossref

FOLDER = Path(crossref.__file__).parent


def imported(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""
        elif isinstance(node, ast.Attribute):
            yield ast.unparse(node)


def test_no_file_names_the_module_that_this_is_the_reference_of():
    files = sorted(FOLDER.glob("*.py"))
    assert len(files) > 10
    named = {(path.name, name) for path in files for name in imported(path) if name.startswith("torch._dispatch")}
    assert named == set()


def test_everything_public_is_there():
    assert all(hasattr(crossref, name) for name in crossref.__all__)
    assert len(set(crossref.__all__)) == len(crossref.__all__)
