# SPDX-License-Identifier: Apache-2.0
"""A step that uses more than the configuration allows is stopped, and the limit is named."""

from __future__ import annotations

import sys

import pytest
from integration.enclosed import MEANS, Project
from required import require_enclosing

from repro_action.config.model import LimitsConfig, SandboxConfig, Step
from repro_action.steps.record import StepFailed

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="what processes use is read from /proc")

WAIT = "import time\ntime.sleep(60)\n"
HOG = "x = bytearray(200 << 20)\n" + WAIT
FAMILY = (
    "import mmap, os\nx = mmap.mmap(-1, 60 << 20)\nfor i in range(0, len(x), 4096): x[i] = 1\n"
    "for _ in range(3):\n    if os.fork() == 0:\n        sum(x[i] for i in range(0, len(x), 4096)); break\n"
)
CROWD = "import subprocess\nfor _ in range(20): subprocess.Popen(['sleep', '60'])\n" + WAIT
WRITER = (
    "import os\nos.makedirs('out', exist_ok=True)\nf = open('out/a', 'wb')\n"
    "for _ in range(80): f.write(os.urandom(1 << 20))\nf.flush()\n" + WAIT
)


@pytest.fixture(params=["plain", *MEANS])
def project(request, tmp_path):
    means = MEANS.get(request.param)
    if means is not None:
        require_enclosing(means)
    return Project(tmp_path / "project", means)


def run(project, text, **limits):
    plain = SandboxConfig(network=True, files="any") if project.means is None else None
    return project.script(text, outputs=("out/a",), limits=LimitsConfig(**limits), sandbox=plain)


@pytest.mark.parametrize(
    ("text", "limits", "says"),
    [
        (HOG, {"memory": 100 << 20}, r"it used more than 100 MiB of memory \(limits\.memory\)"),
        (CROWD, {"processes": 10}, r"it had more than 10 processes at a time \(limits\.processes\)"),
        (WRITER, {"disk": 20 << 20}, r"it wrote more than 20 MiB \(limits\.disk\)"),
        (WAIT, {"seconds": 0.5}, r"it ran longer than 0\.5 s \(limits\.seconds\)"),
    ],
    ids=["memory", "processes", "disk", "seconds"],
)
def test_a_step_that_uses_more_is_stopped_and_shown_the_limit(project, text, limits, says):
    with pytest.raises(StepFailed, match=f"step train failed: stopped: {says}") as caught:
        run(project, text, **limits)
    assert "raise the limit" in caught.value.remedy
    assert caught.value.record.seconds < 30


def test_a_step_within_its_limits_is_left_alone_and_what_it_shares_counts_once(project):
    text = FAMILY + "time = __import__('time'); time.sleep(1)\n"
    text += "os.makedirs('out', exist_ok=True); open('out/a', 'w').close()\n"
    record = run(project, text, memory=130 << 20, processes=4, disk=1 << 20, seconds=50)
    assert record.reason == ""


def test_memory_that_is_no_process_is_bounded_too(project):
    if project.means is None:
        pytest.skip("without a sandbox /dev/shm is the machine's")
    text = (
        "import os\nos.makedirs('out', exist_ok=True)\nopen('out/a', 'w').close()\n"
        "try:\n    open('/dev/shm/x', 'wb').write(bytes(60 << 20))\nexcept OSError as e:\n    print(e.errno)\n"
    )
    assert run(project, text, memory=50 << 20).tail == "28\n"


def test_a_shorter_time_of_the_step_itself_counts(project):
    plain = SandboxConfig(network=True, files="any") if project.means is None else None
    step = Step(name="train", run=("sleep", "60"), timeout=0.5)
    with pytest.raises(StepFailed, match=r"timed out after 0\.5 s"):
        project.run(step, limits=LimitsConfig(seconds=30), sandbox=plain)
