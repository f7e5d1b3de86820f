"""Which configurations patterns stand for."""

import os
from pathlib import Path

import pytest

from repro_action.config import discover as room
from repro_action.config.discover import EVERYWHERE, discover
from repro_action.errors import ConfigError
from repro_action.paths.patterns import PathPattern

SHARED = "[tool.repro]\nversion = 1\n"


def make(root: Path, *paths: str, text: str = "") -> None:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)


@pytest.fixture
def root(tmp_path):
    """Three models, one of them configured in pyproject.toml."""
    make(tmp_path, "models/a/repro.toml", "models/b/repro.toml", "models/b/README.md", "models/none/train.py")
    make(tmp_path, "models/c/pyproject.toml", text=SHARED)
    make(tmp_path, "pyproject.toml", text="[tool.other]\n")
    return tmp_path


@pytest.mark.parametrize(
    ("patterns", "expected"),
    [
        (["models/a/repro.toml"], ["models/a/repro.toml"]),
        (["./models//a/"], ["models/a/repro.toml"]),
        (["models/c"], ["models/c/pyproject.toml"]),
        (["models/c/pyproject.toml"], ["models/c/pyproject.toml"]),
        (["models/*/repro.toml"], ["models/a/repro.toml", "models/b/repro.toml"]),
        (["models/*"], ["models/a/repro.toml", "models/b/repro.toml", "models/c/pyproject.toml"]),
        (["models/[ab]"], ["models/a/repro.toml", "models/b/repro.toml"]),
        (["**/repro.toml"], ["models/a/repro.toml", "models/b/repro.toml"]),
        (["**/pyproject.toml"], ["models/c/pyproject.toml"]),
        ([EVERYWHERE], ["models/a/repro.toml", "models/b/repro.toml", "models/c/pyproject.toml"]),
        (["models/b, models/a", "models/a"], ["models/a/repro.toml", "models/b/repro.toml"]),
        (["\nmodels/b\r\n  models/a\n"], ["models/a/repro.toml", "models/b/repro.toml"]),
    ],
)
def test_patterns_stand_for_configurations(root, patterns, expected):
    assert tuple(expected) == discover(root, patterns)


def test_the_configuration_of_the_root_is_found_by_its_name_its_folder_and_any_depth(tmp_path):
    make(tmp_path, "repro.toml")
    for pattern in ("repro.toml", ".", "**/repro.toml", EVERYWHERE, "*"):
        assert ("repro.toml",) == discover(tmp_path, [pattern])


@pytest.mark.parametrize(
    "pattern", ["/models/a", "../models", "models/../a", "a\0b", "~/a", "C:/a", "a\\b", ".git/repro.toml"]
)
def test_what_could_leave_the_repository_is_refused_with_a_remedy(root, pattern):
    with pytest.raises(ConfigError) as caught:
        discover(root, ["models/a", pattern])
    assert "models/*/repro.toml" in caught.value.remedy
    assert caught.value.what.isprintable()


@pytest.mark.parametrize(
    "pattern", ["models/z", "models/z/*", "models/none", "*/repro.toml", "pyproject.toml"]
)
def test_a_pattern_that_stands_for_nothing_is_named(root, pattern):
    with pytest.raises(ConfigError, match="no configuration matches") as caught:
        discover(root, ["models/*", pattern])
    assert repr(pattern) in caught.value.what


@pytest.mark.parametrize("patterns", [[], [""], [" ,\n"]])
def test_no_pattern_at_all_is_an_error(root, patterns):
    with pytest.raises(ConfigError, match="no configuration is named"):
        discover(root, patterns)


@pytest.mark.parametrize(
    "folder", [".git", ".repro", ".hidden", "node_modules", "a/node_modules", "a/.cache"]
)
def test_wildcards_do_not_look_into_what_is_not_the_users_own(root, folder):
    before = discover(root, ["**"])
    make(root, f"{folder}/repro.toml", f"{folder}/b/repro.toml")
    assert before == discover(root, ["**"])


def test_wildcards_do_not_look_into_virtual_environments(root):
    before = discover(root, ["**"])
    make(root, "models/a/env/pyvenv.cfg", "models/a/env/lib/x/repro.toml")
    assert before == discover(root, ["**"])


def test_a_model_is_not_hidden_by_a_file_that_virtual_environments_have(root):
    patterns = ["**", "models/*/repro.toml"]
    before = [discover(root, [pattern]) for pattern in patterns]
    make(root, "models/a/pyvenv.cfg")
    assert before == [discover(root, [pattern]) for pattern in patterns]


def test_a_hidden_folder_can_be_named(root):
    make(root, ".github/models/a/repro.toml")
    assert (".github/models/a/repro.toml",) == discover(root, [".github/*/a"])
    assert (".github/models/a/repro.toml",) == discover(root, [".github/models/a"])


def test_links_to_folders_are_not_entered_by_wildcards(root, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside")
    make(outside, "x/repro.toml")
    before = discover(root, ["**", "*/*/repro.toml"])
    (root / "models" / "link").symlink_to(outside / "x")
    (root / "models" / "loop").symlink_to(root)
    assert before == discover(root, ["**", "*/*/repro.toml"])


def test_a_link_out_of_the_repository_is_refused(root, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside")
    make(outside, "repro.toml")
    (root / "folder").symlink_to(outside)
    (root / "models" / "none" / "repro.toml").symlink_to(outside / "repro.toml")
    for pattern in ("folder", "folder/repro.toml", "models/none", "models/*/repro.toml"):
        with pytest.raises(ConfigError, match="out of the repository"):
            discover(root, [pattern])


def test_a_link_inside_is_the_configuration_that_it_leads_to(root):
    (root / "linked").symlink_to("models/a")
    assert ("models/a/repro.toml",) == discover(root, ["linked", "models/a"])


def test_two_configurations_in_one_folder_are_reported_with_the_folder(root):
    make(root, "models/a/pyproject.toml", text=SHARED)
    for pattern in ("models/a", "**"):
        with pytest.raises(ConfigError, match="in one folder") as caught:
            discover(root, [pattern])
        assert "'models/a/repro.toml'" == caught.value.where


@pytest.mark.parametrize("name", ["a,b", "a\nmodels", "[x]", "what?", " x", "x ", "back\\slash"])
def test_a_folder_whose_name_would_be_read_as_another_pattern_is_reported_not_lost(root, name):
    make(root, f"models/{name}/repro.toml")
    with pytest.raises(ConfigError) as caught:
        discover(root, ["models/*"])
    assert "Rename" in caught.value.remedy
    assert str(caught.value).replace("\n", "").isprintable()


def test_a_name_that_is_no_text_is_reported_not_lost(root):
    folder = os.fsencode(root) + b"/models/\xff"
    os.mkdir(folder)  # noqa: PTH102 -- bytes
    Path(os.fsdecode(folder), "repro.toml").touch()
    with pytest.raises(ConfigError, match="control character"):
        discover(root, ["models/*"])


def test_any_toml_can_be_named_and_nothing_else(root):
    make(root, "models/a/gpu.toml")
    assert ("models/a/gpu.toml",) == discover(root, ["models/a/gpu.toml"])
    with pytest.raises(ConfigError, match="not a TOML file"):
        discover(root, ["models/b/README.md"])


def test_the_number_of_configurations_is_bounded(root, monkeypatch):
    monkeypatch.setattr(room, "MAX_CONFIGS", 2)
    assert 2 == len(discover(root, ["models/[ab]"]))
    with pytest.raises(ConfigError, match="more than 2 configurations"):
        discover(root, ["models/*"])


def test_the_walk_is_bounded(root):
    walk = room._ConfigWalk(root=root.resolve(), globs=(PathPattern("**"),), budget=5)
    with pytest.raises(ConfigError, match="files to look at"):
        list(walk.matches())


def test_only_what_a_glob_can_match_in_is_walked(root):
    make(root, *(f"data/{index}/x" for index in range(50)))
    walk = room._ConfigWalk(root=root.resolve(), globs=(PathPattern("models/*"),), budget=20)
    assert {"models/a", "models/b", "models/c", "models/none"} == {path for path, _ in walk.matches()}
