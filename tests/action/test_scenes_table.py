"""The table of scenes names tests that there are, each played where it says."""

import ast
import re

from action.acting import ROOT

TESTS = ROOT / "tests"
PAGE = (TESTS / "action" / "README.md").read_text(encoding="utf-8")
SCENES = re.findall(r"^\| (\d+) \| ([^|]+) \| (\w+) \| `([\w/.]+)::(\w+)` \|$", PAGE, re.MULTILINE)
PROMISES = re.findall(r"^\| ([^|]+) \| `([\w/.]+)::(\w+)` \|$", PAGE, re.MULTILINE)


def defined(file):
    tree = ast.parse((TESTS / file).read_text(encoding="utf-8"))
    return {found.name for found in tree.body if isinstance(found, ast.FunctionDef)}


def test_every_test_that_is_named_is_there():
    named = [(file, name) for *_, file, name in (*SCENES, *PROMISES)]
    assert [] == [f"{file}::{name}" for file, name in named if name not in defined(file)]


def test_scenes_are_numbered_and_many():
    assert list(range(1, len(SCENES) + 1)) == [int(number) for number, *_ in SCENES]
    assert len(SCENES) == len({scene for _, scene, *_ in SCENES}) >= 35
    assert len(PROMISES) == PAGE.partition("## Promises")[2].count("\n| ") - 2


def test_a_scene_is_played_where_the_table_says():
    folders = {
        "act": "action/",
        "accept": "publish/",
        "staged": "publish/",
        "git": "integration/",
        "unit": "unit/",
    }
    for _, scene, played, file, _ in SCENES:
        assert file.startswith(folders[played]), scene
        assert (played != "staged") or "staged import" in (TESTS / file).read_text(encoding="utf-8"), scene


def test_every_scene_of_the_staged_driver_stands_in_the_table():
    listed = {name for *_, file, name in SCENES if file == "publish/test_scenes.py"}
    assert listed == {name for name in defined("publish/test_scenes.py") if name.startswith("test_")}
