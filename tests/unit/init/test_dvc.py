# SPDX-License-Identifier: Apache-2.0
"""DVC's files, and commands of Makefiles, however they are written."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repro_action.config.load import parse
from repro_action.data.dvc.pipeline import read_pipeline
from repro_action.data.dvc.pointers import read_tracked
from repro_action.digest import Digest
from repro_action.init.commands import ScriptCommand, makefile_commands, plain_command
from repro_action.init.propose import propose
from repro_action.init.survey import survey
from repro_action.pyanalysis.command_line import python_argv

KEYS = (
    "stages",
    "cmd",
    "deps",
    "outs",
    "params",
    "metrics",
    "wdir",
    "foreach",
    "a",
    "md5",
    "path",
    "\x1b[2J",
)
loose = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=6)
    | st.sampled_from(["${a}", "../x", "x.py", "'"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5),
    max_leaves=20,
)


@settings(deadline=None)
@given(loose, loose)
def test_no_dvc_file_crashes_the_survey(pipeline: object, pointer: object) -> None:
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        (root / "dvc.yaml").write_text(json.dumps({"stages": {"a b": pipeline, "c": pipeline}}))
        (root / "train.py").write_text("open('m.bin', 'w')\n")
        (root / "x.dvc").write_text(json.dumps({"outs": pointer}))
        (root / "params.yaml").write_text("a: 1\n")
        proposal = propose(survey(root), lambda _: Digest("blake3", "0" * 64))
        parse(proposal.text, root / "repro.toml")
    assert all(note.isprintable() for note in proposal.notes)


def test_working_folder_and_shell_are_kept(tmp_path: Path) -> None:
    (tmp_path / "dvc.yaml").write_text(
        "stages: {a: {wdir: sub, cmd: [python a.py > log, echo $X], deps: [a.py], outs: [../out/b]}}"
    )
    (stage,) = read_pipeline(tmp_path).stages
    assert ("sub", ("sh", "-e", "-c", "python a.py > log\necho $X")) == (stage.cwd, stage.run)
    assert (("sub/a.py",), ("out/b",)) == (stage.deps, stage.outs)


def test_aliases_are_not_expanded(tmp_path: Path) -> None:
    (tmp_path / "dvc.yaml").write_text("a: &a [1]\nstages: {b: *a}\n")
    assert () == read_pipeline(tmp_path).stages


def test_pointer_says_folder_and_age(tmp_path: Path) -> None:
    (tmp_path / "d.dvc").write_text(f"outs:\n- md5: {'0' * 32}.dir\n  path: d\n")
    (item,) = read_tracked(tmp_path, ("d.dvc",))
    assert ("d", "0" * 32, True, True) == (
        item.path,
        item.digest.value,
        item.digest.algorithm == "md5-dvc",
        item.legacy,
    )


@pytest.mark.parametrize(
    ("line", "argv"),
    [
        ("python3 train.py --lr 0.1", ("python", "train.py", "--lr", "0.1")),
        ("uv run python -m a.b", ("python", "-m", "a.b")),
        ("python train.py | tee log", None),
        ("python train.py $(ARGS)", None),
        ("python 'train.py", None),
        ("pytest", None),
    ],
)
def test_only_plain_python_commands_are_taken_over(line: str, argv: tuple[str, ...] | None) -> None:
    assert argv == python_argv(line)


def test_makefile_gives_each_script_its_first_command() -> None:
    text = "X := 1\ntrain: data\n\t@python train.py --out=a -v\n\techo\nagain:\n\tpython train.py\n"
    commands = makefile_commands(text)
    command = ScriptCommand(argv=("python", "train.py", "--out=a", "-v"), source="Makefile", name="train")
    assert {"train.py": command} == commands
    assert {"out": "a"} == command.arguments


def test_a_relative_script_below_a_top_folder_that_is_a_package_itself_gets_a_command() -> None:
    argv, root = plain_command("pkg/train.py", (".", "pkg"), relative=True)
    assert (("python", "-m", "pkg.train"), "") == (argv, root)
