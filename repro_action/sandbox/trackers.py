# SPDX-License-Identifier: Apache-2.0
"""Programs that log to a tracker: without a network they log into a folder of the sandbox, which is kept.

Otherwise MLflow would write a database beside the program, which is never the same twice, and W&B would wait
for a server.
"""

from __future__ import annotations

from collections.abc import Mapping

FOLDER = "/tmp/repro-tracking"  # noqa: S108 - below the step's own empty /tmp, and the same in every run
"""Where a step finds the folder; some artifacts have its path in them."""

_MLFLOW = {
    "MLFLOW_TRACKING_URI": f"file://{FOLDER}/mlruns",
    # The store in files has the artifacts beside the runs; a database takes seconds to set up.
    "MLFLOW_ALLOW_FILE_STORE": "true",
    "MLFLOW_DISABLE_TELEMETRY": "true",
}
_WANDB = {"WANDB_MODE": "offline", "WANDB_DIR": FOLDER}
_HUB = {"HF_HUB_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}
_DECIDES = {"MLFLOW_TRACKING_URI": _MLFLOW, "WANDB_MODE": _WANDB, "HF_HUB_OFFLINE": _HUB}
"""The variable by which a step decides for itself → what is set otherwise."""


def tracker_variables(given: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of a step without a network, for the trackers that it says nothing of.

    Args:
        given: all variables of the step.
    """
    return {
        name: value
        for decisive, values in _DECIDES.items()
        if decisive not in given
        for name, value in values.items()
        if name not in given
    }
