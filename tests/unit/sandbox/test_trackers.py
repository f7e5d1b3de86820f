# SPDX-License-Identifier: Apache-2.0
"""Without a network, programs log into a folder; what a step decides itself stays as it is."""

from __future__ import annotations

from repro_action.sandbox.trackers import FOLDER, tracker_variables


def test_trackers_log_into_the_folder() -> None:
    found = tracker_variables({"PATH": "/usr/bin"})
    assert found["MLFLOW_TRACKING_URI"] == f"file://{FOLDER}/mlruns"
    assert (found["WANDB_MODE"], found["WANDB_DIR"]) == ("offline", FOLDER)


def test_a_step_that_names_its_own_store_keeps_it() -> None:
    found = tracker_variables({"MLFLOW_TRACKING_URI": "sqlite:///out/runs.db", "WANDB_DIR": "out"})
    assert not any(name.startswith("MLFLOW") for name in found)
    assert "WANDB_DIR" not in found
    assert found["WANDB_MODE"] == "offline"
