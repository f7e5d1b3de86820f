# SPDX-License-Identifier: Apache-2.0
"""What a step puts in the place of its outputs is refused by name."""

from __future__ import annotations

import sys

import pytest
from integration.attacked import OUTPUTS, project
from integration.enclosed import TRAIN, Project, means

from repro_action.config.model import SandboxConfig
from repro_action.errors import StepError
from repro_action.sandbox.mechanisms import Namespaces
from repro_action.steps.record import StepFailed

__all__ = ["means", "project"]

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="namespaces are Linux's")


@pytest.mark.parametrize(("code", "says"), OUTPUTS.values(), ids=OUTPUTS.keys())
def test_an_output_that_no_training_wrote_is_refused(project, code, says):
    with pytest.raises(StepError, match=says) as caught:
        project.script(f"import os\nos.makedirs('out', exist_ok=True)\n{code}\n", outputs=("out/a",))
    assert "out/a" in caught.value.what
    assert "SESAME" not in str(caught.value)


def test_nothing_but_plain_files_is_written_by_who_is_not_enclosed_either(tmp_path):
    project = Project(tmp_path / "project", Namespaces())
    project.write("committed", "SESAME")
    with pytest.raises((StepError, StepFailed), match="is a symbolic link"):
        project.script(
            TRAIN + "import os\nos.symlink('../committed', 'out/a')\n",
            outputs=("out/a",),
            sandbox=SandboxConfig(network=True, files="any"),
        )
