# SPDX-License-Identifier: Apache-2.0
"""Files that a step's script reads and that no step declares."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from repro_action.config.load import parse
from repro_action.config.model import Config
from repro_action.init import seen_files, source_reads
from repro_action.init.undeclared import undeclared_reads

PIN = "blake3:af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"


def found(config):
    return tuple((read.file, read.line, read.path) for read in undeclared_reads(config))


def project(
    root: Path, source: str, *, tail: str = "", run: str = '["python", "train.py"]', **files: str
) -> Config:
    (root / "train.py").write_text(source)
    for name in ("other.csv", "data/a.csv", "config.yaml"):
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text("a: 1\n")
    for name, text in files.items():
        (root / f"{name}.py").write_text(text)
    text = f'version = 1\nname = "m"\n[[steps]]\nname = "train"\nrun = {run}\n{tail}'
    return parse(text, root / "repro.toml")


def test_a_file_that_no_step_declares_is_found_with_its_place(tmp_path: Path) -> None:
    config = project(tmp_path, '\nopen("other.csv")\n')
    assert (("train.py", 2, "other.csv"),) == found(config)


def test_paths_of_a_script_start_from_the_folder_that_its_step_runs_in(tmp_path: Path) -> None:
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "train.py").write_text('open("../other.csv")\nopen("here.csv")\n')
    (tmp_path / "code" / "here.csv").write_text("a\n")
    config = project(tmp_path, "", tail='cwd = "code"\n')
    assert (("code/train.py", 1, "other.csv"), ("code/train.py", 2, "code/here.csv")) == found(config)


def test_a_read_in_an_imported_module_is_found_there(tmp_path: Path) -> None:
    config = project(
        tmp_path, "import loading\nloading.load()\n", loading='def load():\n    open("other.csv")\n'
    )
    assert (("loading.py", 2, "other.csv"),) == found(config)


@pytest.mark.parametrize(
    "tail",
    [
        'inputs = ["other.csv"]',
        'inputs = ["*.csv"]',
        'inputs = ["./other.csv"]',
        f'[[data]]\npath = "other.csv"\ndigest = "{PIN}"',
        'outputs = ["other.csv"]',
        '[[steps]]\nname = "second"\nrun = ["true"]\ninputs = ["other.csv"]',
    ],
)
def test_what_is_declared_anywhere_is_not_reported(tmp_path: Path, tail: str) -> None:
    assert () == found(project(tmp_path, 'open("other.csv")\n', tail=tail))


@pytest.mark.parametrize(
    ("tail", "source"),
    [
        ('params = ["config.yaml"]', 'open("config.yaml")'),
        ('inputs = ["data"]', 'open("data/a.csv")'),
        ('outputs = ["data"]', 'open("data/a.csv")'),
        ("", 'open("missing.csv")'),
        ("", 'open("/etc/hostname")'),
        ("", 'open("../train.py")'),
        ("", 'open(".repro/report.json")'),
        ("", 'open("other.csv", "w")'),
        ("", "import sys\nopen(sys.argv[1])"),
        ("", "def unused():\n    open('other.csv')"),
        ("", "this is no Python"),
    ],
)
def test_no_false_alarm(tmp_path: Path, tail: str, source: str) -> None:
    assert () == found(project(tmp_path, f"{source}\n", tail=tail))


def test_a_value_on_the_command_line_hides_the_default(tmp_path: Path) -> None:
    source = (
        'import argparse\np = argparse.ArgumentParser()\np.add_argument("--data", default="other.csv")\n'
        "open(p.parse_args().data)\n"
    )
    assert (("train.py", 4, "other.csv"),) == found(project(tmp_path, source))
    config = project(tmp_path, source, run='["python", "-u", "train.py", "--data", "data/a.csv"]')
    assert (("train.py", 4, "data/a.csv"),) == found(config)


@pytest.mark.parametrize(
    "run", ['["sh", "-c", "true"]', '["python", "-c", "pass"]', '["python", "gone.py"]', '["python"]']
)
def test_other_commands_are_left_alone(tmp_path: Path, run: str) -> None:
    assert () == found(project(tmp_path, 'open("other.csv")\n', run=run))


def test_a_module_that_is_run_is_read_too(tmp_path: Path) -> None:
    config = project(tmp_path, 'open("other.csv")\n', run='["python", "-m", "train"]')
    assert (("train.py", 1, "other.csv"),) == found(config)


def test_arguments_behind_a_module_count_too(tmp_path: Path) -> None:
    source = (
        'import argparse\np = argparse.ArgumentParser()\np.add_argument("--data", default="other.csv")\n'
        "open(p.parse_args().data)\n"
    )
    config = project(tmp_path, source, run='["python", "-m", "train", "--data", "data/a.csv"]')
    assert (("train.py", 4, "data/a.csv"),) == found(config)


def cached_project(root: Path) -> Config:
    """Return a project on disk that has a place for caches."""
    config = project(root, 'open("other.csv")\n')
    (root / "repro.toml").write_text("")
    (root / ".repro").mkdir()
    return config


def settle(monkeypatch: pytest.MonkeyPatch, *, to: bool = True) -> None:
    """Let change times, which no program can set, be long ago, or just now."""
    monkeypatch.setattr(seen_files, "settled", lambda *_: to)


def test_sources_that_did_not_change_are_not_parsed_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle(monkeypatch)
    config = cached_project(tmp_path)
    first = undeclared_reads(config)
    monkeypatch.delattr(source_reads, "source_reads")
    assert first == undeclared_reads(config)


@pytest.mark.parametrize(
    "change",
    [
        lambda root: (root / "train.py").write_text('\nopen("data/a.csv")\n'),
        lambda root: (root / "other.csv").unlink(),
        lambda root: (root / "repro.toml").write_text("# another"),
        lambda root: (root / ".repro/cache/undeclared.json").write_text("[" * 100_000),
        lambda root: (root / ".repro/cache/undeclared.json").write_text(
            '{"key": [], "seen": {}, "reads": []}'
        ),
    ],
    ids=["source", "file", "configuration", "damage", "forgery"],
)
def test_after_any_change_the_sources_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: Callable[[Path], object]
) -> None:
    settle(monkeypatch)
    config = cached_project(tmp_path)
    undeclared_reads(config)
    change(tmp_path)
    assert source_reads.source_reads(config, seen_files.SeenFiles(tmp_path)) == undeclared_reads(config)


def test_what_has_just_changed_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settle(monkeypatch, to=False)
    undeclared_reads(cached_project(tmp_path))
    assert not (tmp_path / ".repro/cache/undeclared.json").exists()


def test_a_cache_behind_a_link_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settle(monkeypatch)
    config = cached_project(tmp_path)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / ".repro/cache").symlink_to(tmp_path / "elsewhere")
    undeclared_reads(config)
    assert [] == list((tmp_path / "elsewhere").iterdir())
