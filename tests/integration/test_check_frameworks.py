# SPDX-License-Identifier: Apache-2.0
"""`repro check` on files that Keras and PyTorch wrote, without either: weights beside what was accepted."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from checked import accepted, checked

from repro_action.readers import read_artifact
from repro_action.readers.dtypes import decode
from repro_action.tree import Kind
from repro_action.verdict import Verdict

DATA = Path(__file__).parents[1] / "formats" / "data"


def the_file(kind, side="one"):
    return next(path for path in sorted((DATA / kind / side).rglob("*")) if path.is_file())


def project_of(tmp_path, kind):
    (tmp_path / "out").mkdir()
    file = the_file(kind)
    shutil.copy(file, tmp_path / "out" / file.name)
    return accepted(tmp_path, f"out/{file.name}")


@pytest.mark.parametrize(("side", "verdict"), [("one", Verdict.REPRODUCED), ("changed", Verdict.DRIFTED)])
def test_weights_of_keras_are_those_of_the_accepted_file_or_not(tmp_path, side, verdict):
    report = checked(project_of(tmp_path, "keras"), the_file("keras-weights", side))
    assert verdict is report.verdict
    assert ["architecture of a Keras file"] == [
        rule.rule for rule in report.files[0].left_out if "Keras" in rule.rule
    ]


def test_an_accepted_file_of_weights_says_nothing_of_an_architecture(tmp_path):
    report = checked(project_of(tmp_path, "keras-weights"), the_file("keras"))
    assert Verdict.FAILED is report.verdict
    assert report.files[0].alone_count


@pytest.mark.parametrize("moved", [0, 1])
def test_a_state_dict_is_served_as_safetensors(tmp_path, moved):
    safetensors = pytest.importorskip("safetensors.numpy")
    tree = read_artifact(the_file("torch-state"))
    tensors = {
        segment[2:-2]: decode(b"".join(node.payload.chunks(1 << 20)), node.dtype).reshape(node.shape)
        for segment, node in tree.root.children
        if getattr(node, "kind", None) is Kind.ARRAY
    }
    assert tensors
    name = max(tensors, key=lambda one: tensors[one].size)
    tensors[name] = tensors[name].copy()
    tensors[name].flat[0] = (
        np.nextafter(tensors[name].flat[0], np.float32(9)) if moved else tensors[name].flat[0]
    )
    safetensors.save_file(
        {f"module.{key}": value for key, value in tensors.items()}, tmp_path / "m.safetensors"
    )
    report = checked(project_of(tmp_path, "torch-state"), tmp_path / "m.safetensors")
    assert report.verdict is (Verdict.DRIFTED if moved else Verdict.REPRODUCED)
    assert report.files[0].corresponding - report.files[0].identical == moved
