# SPDX-License-Identifier: Apache-2.0
"""One step as a real process, in a folder of its own."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from repro_action.config.model import Step
from repro_action.progress import Silent
from repro_action.steps.execute import LocalExecutor
from repro_action.steps.record import StepRequest
from repro_action.steps.supervised import Supervisors

linux = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


@pytest.fixture
def root(tmp_path):
    return tmp_path


def request(root, **variables):
    return StepRequest(
        root=root,
        python=Path(sys.executable),
        variables={"PATH": os.defpath, **variables},
        log=root / ".repro/runs/1/step.log",
    )


def run(root, *command, progress=None, executor=None, variables=None, **declared):
    step = Step(name="step", run=command, **declared)
    return (executor or LocalExecutor(supervisors=Supervisors(grace=0.3))).run(
        step, request(root, **variables or {}), progress or Silent()
    )


def python(root, code, **declared):
    return run(root, "python", "-c", code, **declared)
