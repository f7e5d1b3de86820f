"""The input `timeout`: training that takes too long ends with a report."""

import json
from pathlib import Path

from publish.staged import scene, writer

__all__ = ["scene"]

SLOW = """\
import time
print("epoch 1 of 900", flush=True)
time.sleep(600)
"""


def test_a_job_that_takes_too_long_reports_the_step_and_its_last_lines(scene, hub):
    writer(hub)
    payload = scene.pull()
    (scene.root / "train.py").write_text(SLOW, encoding="utf-8")
    scene.commit("slow")
    status, outputs, _, _ = scene.stages("pull_request", payload, timeout="0.1")
    assert (2, "failed") == (status, outputs["verdict"])
    report = json.loads(Path(outputs["report-json"]).read_text(encoding="utf-8"))["entries"][0]["report"]
    assert "step train was stopped: the job's `timeout` of 0.1 min is over" == report["error"]["what"]
    assert "epoch 1 of 900" in report["error"]["why"]
    assert ["train"] == [step["name"] for step in report["steps"]]
    (comment,) = hub.comments(scene.repo, payload["number"])
    assert "epoch 1 of 900" in comment.body


def test_what_did_not_begin_in_time_says_so(scene):
    status, outputs, _, _ = scene.stages("push", {}, only=("prepare", "run"), timeout="0.00001")
    assert (0, "failed") == (status, outputs["verdict"])
    report = json.loads(Path(outputs["report-json"]).read_text(encoding="utf-8"))["entries"][0]["report"]
    assert "`timeout` of 1e-05 min" in report["error"]["what"]
    assert "It was" in report["error"]["why"]
