# SPDX-License-Identifier: Apache-2.0
"""The hook's own imports: one way, typed, and of nothing but the standard library."""

import ast
import sys
from graphlib import TopologicalSorter

import pytest

from repro_action.determinism.attach import HOOK

FILES = sorted(path for path in HOOK.rglob("*.py"))
OWN = {
    ".".join(path.relative_to(HOOK).with_suffix("").parts).removesuffix(".__init__"): path
    for path in FILES
    if path.parent != HOOK
}


def imports(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            inner = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from [name if name in OWN else node.module for name in inner]


def test_no_module_of_the_hook_imports_itself_in_a_circle():
    graph = {name: {found for found in imports(path) if found in OWN} for name, path in OWN.items()}
    assert set(OWN) == set(TopologicalSorter(graph).static_order())


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_hook_needs_the_standard_library_only(path):
    foreign = {name.partition(".")[0] for name in imports(path)} - set(sys.stdlib_module_names)
    assert foreign <= {"repro_hook", "numpy"}  # NumPy for the type checker alone
    assert "numpy" not in foreign or "TYPE_CHECKING = False" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_nothing_in_the_hook_is_kept_from_the_type_checker(path):
    assert "type: ignore" not in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_hook_speaks_the_oldest_python_that_it_promises(path):
    ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 8))
