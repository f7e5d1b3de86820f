# SPDX-License-Identifier: Apache-2.0
"""`dvc.yaml` with its templates, and `dvc.lock` where they are more than can be filled in."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repro_action.data.dvc.documents import DocumentError
from repro_action.data.dvc.lock import parse_lock, read_lock
from repro_action.data.dvc.pipeline import read_pipeline
from repro_action.data.dvc.templates import Unresolved, fill
from repro_action.digest import Digest
from repro_action.errors import BaselineError

MD5 = "d751713988987e9331980363e24189ce"


def stages(root: Path, text: str, lock: str = "") -> dict:
    (root / "dvc.yaml").write_text(text)
    found = read_pipeline(root, parse_lock(lock.encode()) if lock else None)
    return {stage.name: stage for stage in found.stages}


def test_foreach_and_matrix_are_named_as_dvc_names_them(tmp_path):
    (tmp_path / "params.yaml").write_text(
        "lr: 1e-3\nflag: true\nnames: [a, b]\nruns: {x: {n: 1}, y: {n: 2}}\n"
    )
    found = stages(
        tmp_path,
        """
stages:
  plain: {cmd: "echo ${lr} ${flag} ${runs.x.n} ${names[1]} \\\\${lr}"}
  listed: {foreach: "${names}", do: {cmd: "echo ${item}", outs: ["${item}.txt"]}}
  mapped: {foreach: "${runs}", do: {cmd: "echo ${key} ${item.n}"}}
  rows: {foreach: [{n: 5}], do: {cmd: "echo ${item.n}"}}
  grid: {matrix: {a: [1, 2], b: [x, {c: 3}]}, cmd: "echo ${item.a} ${key}"}
""",
    )
    assert ["plain", "listed@a", "listed@b", "mapped@x", "mapped@y", "rows@0"] == list(found)[:6]
    assert ["grid@1-x", "grid@1-b1", "grid@2-x", "grid@2-b1"] == list(found)[6:]
    assert ("echo 0.001 true 1 b ${lr}",) == found["plain"].command
    assert (("echo a",), ("a.txt",)) == (found["listed@a"].command, found["listed@a"].outs)
    assert ("echo y 2",) == found["mapped@y"].command
    assert ("echo 2 2-x",) == found["grid@2-x"].command


def test_what_cannot_be_filled_in_is_taken_from_the_lock(tmp_path):
    (tmp_path / "params.yaml").write_text("train: {lr: 0.1}\n")
    text = "stages: {train: {cmd: 'python t.py ${train}', outs: [m], metrics: ['${name}.json'], wdir: sub}}"
    lock = f"schema: '2.0'\nstages: {{train: {{cmd: python t.py --lr 0.1, outs: [{{path: m, md5: {MD5}, hash: md5}}, {{path: q.json, md5: {MD5}}}]}}}}"
    found = stages(tmp_path, text, lock)["train"]
    assert (("python t.py --lr 0.1",), "sub") == (found.command, found.cwd)
    assert (("sub/m", "sub/q.json"), ("sub/q.json",)) == (found.outs, found.metrics)
    assert {} == stages(tmp_path, text)
    assert ("train",) == read_pipeline(tmp_path).unresolved


def test_a_frozen_stage_and_an_output_that_dvc_leaves_are_known(tmp_path):
    found = stages(tmp_path, "stages: {a: {cmd: x, frozen: true, outs: [{p: {persist: true}}, q]}}")["a"]
    assert (True, ("p",), ("p", "q")) == (found.frozen, found.kept, found.outs)


def test_vars_of_the_file_and_of_a_stage(tmp_path):
    (tmp_path / "more.json").write_text('{"a": 1, "b": 2}')
    found = stages(
        tmp_path,
        "vars: [more.json:a, {c: 3}]\nstages: {s: {vars: [{d: 4}], cmd: 'echo ${a} ${c} ${d}'}, t: {cmd: 'echo ${b}'}}",
    )
    assert ("echo 1 3 4",) == found["s"].command
    assert ["s"] == list(found)


@pytest.mark.parametrize("text", ["${a.b}", "${a[9]}", "${a..b}", "${z}", "${a}"])
def test_what_is_not_known_is_no_empty_text(text):
    with pytest.raises(Unresolved):
        fill(text, {"a": [1]})


def test_a_lock_says_what_was_recorded():
    text = f"schema: '2.0'\nstages:\n  t:\n    cmd: [a, b]\n    deps: [{{path: d, md5: {MD5}.dir, nfiles: 2, size: 4}}]\n    params: {{params.yaml: {{lr: 1e-05, deep: {{x: 1}}}}}}\n"
    (stage,) = parse_lock(text.encode()).values()
    assert ("a", "b") == stage.command
    assert (Digest("md5-dvc", MD5), True, 4) == (
        stage.deps["d"].digest,
        stage.deps["d"].legacy,
        stage.deps["d"].size,
    )
    assert {"lr": 1e-05, "deep.x": 1} == stage.params["params.yaml"]
    assert ("lr", "deep") == stage.recorded["params.yaml"]


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "schema: '2.0'\nstages: []",
        "schema: '2.0'\nstages: {a: 1}",
        "a: &x {}\nb: *x",
        "[" * 200,
        "\0",
        "a: {deps: [{md5: x}]}",
        "a: {params: {f: 1}}",
        "x: 2020-99-99",
    ],
)
def test_what_is_no_lock_is_one_clear_error(tmp_path, text):
    (tmp_path / "dvc.lock").write_text(text)
    with pytest.raises(BaselineError) as caught:
        read_lock(tmp_path)
    assert "dvc.lock" == caught.value.where
    assert "dvc repro" in caught.value.remedy


KEYS = st.sampled_from(["stages", "schema", "cmd", "deps", "outs", "params", "path", "md5", "hash", "x"])
loose = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just(MD5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=20,
)


@settings(deadline=None, max_examples=50)
@given(loose)
def test_no_lock_crashes(document):
    try:
        parse_lock(json.dumps({"schema": "2.0", "stages": document}).encode())
    except DocumentError:
        return
