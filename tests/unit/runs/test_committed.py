# SPDX-License-Identifier: Apache-2.0
"""A committed baseline is looked at before anything runs; its values are made when they are needed."""

from __future__ import annotations

from pathlib import Path

import pytest

from repro_action.config.load import load as load_config
from repro_action.errors import BaselineError, ForeignBaseline
from repro_action.runs.committed import CommittedBaseline

CONFIG = 'version = 1\nname = "m"\n[[steps]]\nname = "s"\nrun = ["python", "s.py"]\noutputs = ["o"]\n'


def committed(folder: Path, text: str) -> CommittedBaseline | None:
    (folder / "repro.toml").write_text(CONFIG, encoding="utf-8")
    (folder / "repro.baseline.json").write_text(text, encoding="utf-8")
    return CommittedBaseline.of(load_config(folder / "repro.toml"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<<<<<<< ours\n{}\n>>>>>>> theirs\n", "conflict markers"),
        ('{"version": 1, "name": "m"', "not valid JSON"),
        ('{"version": 9, "name": "m", "platforms": {}}', "reads version 1"),
    ],
)
def test_what_is_plainly_no_baseline_is_refused_before_anything_runs(
    text: str, message: str, tmp_path: Path
) -> None:
    with pytest.raises(BaselineError, match=message) as refused:
        committed(tmp_path, text)
    assert refused.value.remedy


def test_a_baseline_of_another_configuration_is_refused_before_anything_runs(tmp_path: Path) -> None:
    with pytest.raises(ForeignBaseline, match="other"):
        committed(tmp_path, '{"version": 1, "name": "other", "platforms": {}}')


def test_what_has_other_members_than_a_baseline_is_refused_when_it_is_read(tmp_path: Path) -> None:
    found = committed(tmp_path, '{"version": 1, "name": "m", "platforms": {"x": 3}}')
    assert found is not None
    with pytest.raises(BaselineError):
        found.read()
