# SPDX-License-Identifier: Apache-2.0
"""Laws of restoring the outputs of a step that ran before."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from repro_action.config.model import Step
from repro_action.digest import Digest
from repro_action.steps.record import StepRequest
from repro_action.steps.reuse import StepCache, StepKey

ONE, TWO = Digest("blake3", "11" * 32), Digest("blake3", "22" * 32)
STEP = Step(name="train", run=("python", "train.py"), outputs=("out", "out/metrics.json", "model.bin"))
KEY = StepKey(
    command=STEP.run,
    outputs=STEP.outputs,
    variables={"OMP_NUM_THREADS": "1"},
    seed=42,
    environment=ONE,
    platform="x86_64-v3",
    inputs={"train.py": ONE},
    params={"params.toml": ONE},
)


@pytest.fixture
def root(tmp_path):
    project = tmp_path / "project"
    (project / "out/deep").mkdir(parents=True)
    (project / "out/empty").mkdir()
    (project / "out/metrics.json").write_text("{}")
    (project / "out/deep/tool").write_text("#!")
    (project / "out/deep/tool").chmod(0o755)
    (project / "out/latest").symlink_to("deep/tool")
    (project / "model.bin").write_bytes(b"\0" * 1000)
    return project


@pytest.fixture
def cache(root):
    return StepCache(folder=root / ".repro/cache/steps")


def restore(cache, root, key=KEY):
    request = StepRequest(root=root, python=Path("python"), variables={}, log=root / ".repro/log")
    return cache.restore(STEP, key, request)


def spoil(root):
    (root / "out/metrics.json").write_text("spoiled")
    (root / "out/stray").touch()
    (root / "model.bin").unlink()


def only_entry(cache):
    (entry,) = cache.folder.iterdir()
    return entry


def test_what_was_stored_is_restored_exactly(cache, root):
    assert cache.store(KEY, root)
    spoil(root)
    record = restore(cache, root)
    assert not record.trained
    assert "restored" in record.reason
    assert "{}" == (root / "out/metrics.json").read_text()
    assert 1000 == (root / "model.bin").stat().st_size
    assert os.access(root / "out/deep/tool", os.X_OK)
    assert "deep/tool" == str((root / "out/latest").readlink())
    assert (root / "out/empty").is_dir()
    assert not (root / "out/stray").exists()


def test_nothing_is_restored_that_was_not_stored(cache, root):
    spoil(root)
    assert restore(cache, root) is None
    assert "spoiled" == (root / "out/metrics.json").read_text()


@pytest.mark.parametrize(
    "change",
    [
        {"command": ("python", "other.py")},
        {"outputs": ("out",)},
        {"variables": {"OMP_NUM_THREADS": "2"}},
        {"seed": 43},
        {"environment": TWO},
        {"platform": "x86_64-v4"},
        {"inputs": {"train.py": TWO}},
        {"inputs": {"other.py": ONE}},
        {"params": {"params.toml": TWO}},
        {"inputs": {}, "params": {"train.py": ONE}},
    ],
)
def test_any_change_of_a_material_is_another_key(change):
    assert KEY.digest() != replace(KEY, **change).digest()


def test_the_key_does_not_depend_on_the_order_of_files():
    pairs = {"a": ONE, "b": TWO}
    backwards = dict(reversed(pairs.items()))
    assert replace(KEY, inputs=pairs).digest() == replace(KEY, inputs=backwards).digest()


def test_editing_what_was_restored_does_not_change_the_cache(cache, root):
    cache.store(KEY, root)
    assert 1 == (root / "model.bin").stat().st_nlink
    (root / "model.bin").write_bytes(b"edited")
    restore(cache, root)
    (root / "model.bin").write_bytes(b"edited again")
    assert restore(cache, root) is not None
    assert b"\0" * 1000 == (root / "model.bin").read_bytes()


@pytest.mark.parametrize(
    "damage", ["bytes", "missing", "extra", "mode", "manifest", "no manifest", "deep manifest"]
)
def test_a_damaged_entry_is_a_miss_and_goes(cache, root, damage):
    cache.store(KEY, root)
    entry = only_entry(cache)
    spoil(root)
    match damage:
        case "bytes":
            (entry / "outputs/model.bin").write_bytes(b"\1" * 1000)
        case "missing":
            (entry / "outputs/model.bin").unlink()
        case "extra":
            (entry / "outputs/out/extra").touch()
        case "mode":
            (entry / "outputs/out/deep/tool").chmod(0o644)
        case "manifest":
            (entry / "entry.json").write_text('{"version": 1, "outputs": [')
        case "no manifest":
            (entry / "entry.json").unlink()
        case "deep manifest":
            (entry / "entry.json").write_text("[" * 100_000)
    assert restore(cache, root) is None
    assert not entry.exists()
    assert "spoiled" == (root / "out/metrics.json").read_text()


def test_the_entries_used_longest_ago_go_first(cache, root):
    keys = [replace(KEY, seed=seed) for seed in range(3)]
    for age, key in enumerate(keys):
        cache.store(key, root)
        os.utime(cache.folder / key.digest().value / "entry.json", (age, age))
    restore(cache, root, keys[0])
    size = sum(path.lstat().st_size for path in (cache.folder / keys[0].digest().value).rglob("*"))
    replace(cache, limit=2 * size).prune()
    assert [True, False, True] == [(cache.folder / key.digest().value).exists() for key in keys]


def test_what_is_larger_than_the_cache_is_not_kept(cache, root):
    assert not replace(cache, limit=500).store(KEY, root)
    assert not cache.folder.exists()


def test_a_missing_or_special_output_is_not_kept(cache, root):
    (root / "model.bin").unlink()
    assert not cache.store(KEY, root)
    os.mkfifo(root / "model.bin")
    assert not cache.store(KEY, root)


def test_what_a_killed_run_left_half_stored_goes(cache, root):
    (cache.folder / ".work-old/entry").mkdir(parents=True)
    cache.store(KEY, root)
    assert KEY.digest().value == only_entry(cache).name


def test_storing_twice_keeps_the_later(cache, root):
    cache.store(KEY, root)
    (root / "model.bin").write_bytes(b"later")
    cache.store(KEY, root)
    (root / "model.bin").unlink()
    restore(cache, root)
    assert b"later" == (root / "model.bin").read_bytes()
