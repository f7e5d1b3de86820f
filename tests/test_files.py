"""Where files lie: nothing new at the top, and no test that pytest passes over."""

import subprocess
from fnmatch import fnmatch
from pathlib import Path

TESTS = Path(__file__).parent


def test_nothing_new_lies_at_the_top():
    listed = subprocess.run(
        ["git", "ls-tree", "--name-only", "HEAD"],
        cwd=TESTS.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    known = {
        *(
            "action.yml",
            "flake.nix",
            "flake.lock",
            "README.md",
            "repro_action",
            "tests",
            "examples",
            "LICENSE",
        ),
        *(".ci", ".editorconfig", ".github", ".gitignore", ".pre-commit-config.yaml", "CHANGELOG.md"),
        *("CONTRIBUTING.md", "Makefile", "bench", "docs", "nix", "pyproject.toml", "requirements"),
    }
    assert set(listed.stdout.split("\n")) - {""} <= known


def test_every_file_of_tests_is_collected(pytestconfig):
    """A folder with a name that pytest passes over would lose its tests in silence."""
    passed_over = pytestconfig.getini("norecursedirs")
    lost = [
        path.relative_to(TESTS).as_posix()
        for path in TESTS.rglob("test_*.py")
        if not {"node_modules", "__pycache__"} & {*path.relative_to(TESTS).parts}
        and any(fnmatch(part, pattern) for part in path.relative_to(TESTS).parts for pattern in passed_over)
    ]
    assert lost == []
