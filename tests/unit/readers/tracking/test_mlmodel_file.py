# SPDX-License-Identifier: Apache-2.0
"""`MLmodel`: ids, times and the place in a store name one model; everything else is content."""

from __future__ import annotations

from pathlib import Path

import pytest

from repro_action.readers import read_artifact
from repro_action.tree import Tree

TEXT = """\
artifact_path: {place}
flavors:
  python_function:
    model_path: model.skops
model_id: m-{id}
model_uuid: m-{id}
run_id: {id}
utc_time_created: '2026-11-30 20:25:08.{micro}'
"""


def tree(folder: Path, **more: str) -> Tree:
    identity, micro = more.pop("id", "a" * 32), more.pop("micro", "329610")
    place = more.pop("place", f"/srv/models/m-{identity}/artifacts")
    path = folder / "MLmodel"
    path.write_text(TEXT.format(place=place, id=identity, micro=micro))
    return read_artifact(path)


@pytest.mark.parametrize(
    "place",
    [
        "mlflow-artifacts:/1/models/m-{}/artifacts",
        "s3://bucket/1/models/m-{}/artifacts",
        "/home/me/mlruns/1/models/m-{}/artifacts",
    ],
)
def test_where_and_when_a_model_was_logged_is_left_out(tmp_path: Path, place: str):
    one = tree(tmp_path)
    other = tree(tmp_path, id="b" * 32, micro="100000", place=place.format("b" * 32))
    assert one.root.digest == other.root.digest
    names = {"artifact_path", "model_id", "model_uuid", "run_id", "utc_time_created"}
    assert names == {left.path for left in other.excluded}


def test_the_name_that_a_model_was_logged_by_is_content(tmp_path: Path):
    assert tree(tmp_path, place="model").root.digest != tree(tmp_path, place="other").root.digest
