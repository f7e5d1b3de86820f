# SPDX-License-Identifier: Apache-2.0
"""No way of writing an MLmodel hides the file that a server loads."""

from __future__ import annotations

import pytest

from repro_action.digest import Digest
from repro_action.flows.mlmodel_files import loaded_files
from repro_action.subjects.subject import FetchedSubject, SubjectFile

PLAIN = """\
artifact_path: model
flavors:
  python_function:
    code: null
    env:
      conda: conda.yaml
      virtualenv: python_env.yaml
    loader_module: mlflow.sklearn
    model_path: notes.txt
    python_version: 3.11.7
  sklearn:
    pickled_model: notes.txt
    serialization_format: cloudpickle
mlflow_version: 3.17.2
saved_input_example_info:
  artifact_path: input_example.json
  pandas_orient: split
signature:
  inputs: '[{"type": "double"}]'
  params: null
utc_time_created: '2026-11-30 10:00:00.000000'
"""
OTHERS = ("conda.yaml", "input_example.json", "notes.txt", "python_env.yaml")


def loaded(tmp_path, text):
    files = []
    for name in ("MLmodel", *OTHERS):
        (tmp_path / name).write_text(text if name == "MLmodel" else "x")
        place = tmp_path / name
        files.append(
            SubjectFile(path=name, place=place, size=place.stat().st_size, sha256=Digest("sha256", "0" * 64))
        )
    return loaded_files(FetchedSubject(address="m", resolved="m", files=tuple(files), root=tmp_path))


def test_what_mlflow_writes_names_its_model(tmp_path):
    assert {"notes.txt"} == loaded(tmp_path, PLAIN)


@pytest.mark.parametrize(
    "text",
    [
        "flavors: {python_function: {model_path: notes.txt}}\n",
        "{flavors: {python_function: {model_path: notes.txt}}}\n",
        "--- {flavors: {python_function: {model_path: notes.txt}}}\n",
        '"flavors":\n  python_function:\n    model_path: notes.txt\n',
        "? flavors\n: python_function:\n    model_path: notes.txt\n",
        'flavors:\n  python_function:\n    model_path: "notes\\x2etxt"\n',
        "flavors:\n  python_function:\n    model_path: >-\n      notes.txt\n",
        "flavors:\n  python_function:\n    model_path:\n      notes.txt\n",
        "x: &a notes.txt\nflavors:\n  python_function:\n    model_path: *a\n",
        "flavors:\n  python_function:\n    model_path: !!str notes.txt\n",
        "flavors:\n  python_function:\n    <<: {model_path: notes.txt}\n",
        "flavors:\n  python_function:\n    model_path: notes.txt # the model\n",
        "flavors:\n  python_function: {model_path: notes.txt}\n  sklearn:\n    pickled_model: model.pkl\n",
        "flavors:\n  python_function:\n    model_path: ./notes.txt\n",
        "flavors:\n  python_function:\n    env: x\n    model_path: 'notes.txt'\n",
        "flavors:\r\n  python_function:\r\n    model_path: notes.txt\r\n",
        "flavors:\n  python_function:\n    env:\n    - x\n    model_path: notes.txt\n",
        "flavors:\n  python_function:\n    loader_module: a\u2028    model_path: notes.txt\n",
        "flavors:\n  python_function:\n    loader_module: a: b\n",
        "flavors:\n",
        "",
    ],
)
def test_whatever_the_form_the_model_is_compared(tmp_path, text):
    assert "notes.txt" in loaded(tmp_path, text)
