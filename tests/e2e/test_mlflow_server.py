# SPDX-License-Identifier: Apache-2.0
"""A verification is a run in a real MLflow server."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import checked as checking
import pytest
from required import absent, program_of

from repro_action.progress import Silent
from repro_action.subjects.kinds import fetch_subject
from repro_action.verdict import Verdict

CONFIG = """\
version = 1
name = "tiny"
seed = 1
[environment]
backend = "current"
[[steps]]
name = "train"
run = ["python", "train.py"]
inputs = ["train.py"]
params = ["params.toml"]
outputs = ["metrics.json"]
[metrics."metrics.json"]
loss = { goal = "min" }
"""
TRAIN = """\
import json, tomllib
rate = tomllib.load(open("params.toml", "rb"))["model"]["rate"]
json.dump({"loss": 1 / rate, "rounds": 3}, open("metrics.json", "w"))
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    mlflow = program_of("tools", "mlflow")
    folder = tmp_path_factory.mktemp("mlflow")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        *(str(mlflow), "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"),
        *(
            "--backend-store-uri",
            f"sqlite:///{folder}/b.db",
            "--artifacts-destination",
            str(folder / "files"),
        ),
    ]
    environ = {**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "1"}
    with (folder / "log").open("wb") as log:
        started = subprocess.Popen(
            command, cwd=folder, env=environ, stdout=log, stderr=log, start_new_session=True
        )
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            try:
                urllib.request.urlopen(f"{address}/health", timeout=5).close()
                break
            except OSError:
                assert started.poll() is None, (folder / "log").read_text()
                time.sleep(0.2)
        yield address
    finally:
        os.killpg(started.pid, 15)
        started.wait()


def ask(address: str, call: str, body: dict[str, object]) -> dict:
    request = urllib.request.Request(
        f"{address}/api/2.0/mlflow/{call}",
        data=json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def verify(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "repro_action", "verify", "-q", "--no-repeat"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_verification_is_a_run_with_its_verdict_metrics_and_report(server: str, tmp_path: Path) -> None:
    table = f'[track.mlflow]\nuri = "{server}"\nexperiment = "tiny models"\n'
    (tmp_path / "repro.toml").write_text(CONFIG + table)
    (tmp_path / "train.py").write_text(TRAIN)
    (tmp_path / "params.toml").write_text("[model]\nrate = 4\n")
    done = verify(tmp_path)
    assert done.returncode == 3, done.stderr
    assert f"mlflow: {server}/#/experiments/" in done.stderr
    (run,) = ask(server, "runs/search", {"experiment_ids": ["1"], "max_results": 10})["runs"]
    data = run["data"]
    tags = {tag["key"]: tag["value"] for tag in data["tags"]}
    assert {metric["key"]: metric["value"] for metric in data["metrics"]} == {"loss": 0.25, "rounds": 3}
    assert {param["key"]: param["value"] for param in data["params"]} == {"params.toml: model.rate": "4"}
    assert tags["repro.verdict"] == "no_baseline"
    assert run["info"]["status"] == "FINISHED"
    identifier = run["info"]["run_id"]
    files = f"{server}/api/2.0/mlflow-artifacts/artifacts/1/{identifier}/artifacts/repro/report.json"
    with urllib.request.urlopen(files, timeout=60) as answer:
        assert json.load(answer) == json.loads((tmp_path / ".repro" / "report.json").read_text())
    assert run["info"]["run_name"].startswith("tiny no baseline ")
    commit = accepted(tmp_path)
    assert verify(tmp_path).returncode == 0
    newest = ask(server, "runs/search", {"experiment_ids": ["1"], "max_results": 1})["runs"][0]["data"]
    tags = {tag["key"]: tag["value"] for tag in newest["tags"]}
    assert ("reproduced", commit) == (tags["repro.verdict"], tags["repro.baseline.commit"])


LOG = """
import sys, joblib, mlflow, numpy as np
from sklearn.linear_model import LogisticRegression
mlflow.set_tracking_uri(sys.argv[1])
model = LogisticRegression().fit([[0.0], [1.0], [2.0], [3.0]], [0, 0, 1, 1])
with mlflow.start_run() as run:
    mlflow.sklearn.log_model(model, name="model", registered_model_name="wine", pip_requirements=["scikit-learn"])
    mlflow.log_text("hello", "notes/hello.txt")
mlflow.MlflowClient().set_registered_model_alias("wine", "champion", 1)
joblib.dump(model, sys.argv[2])
model.coef_[0, 0] = np.nextafter(model.coef_[0, 0], 9)
with mlflow.start_run():
    mlflow.sklearn.log_model(model, name="model", registered_model_name="wine", pip_requirements=["scikit-learn"])
print(run.info.run_id)
"""


def test_a_registered_model_is_fetched_by_each_of_its_names(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environ = {**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "1"}
    python = str(program_of("tools", package="mlflow"))
    (tmp_path / "out").mkdir()
    done = subprocess.run(
        [python, "-c", LOG, server, str(tmp_path / "out/model.joblib")],
        cwd=tmp_path,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    run = next(line for line in done.stdout.splitlines() if len(line) == 32)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", server)
    found = {}
    for number, address in enumerate(["models:/wine@champion", "models:/wine/1", f"runs:/{run}/model"]):
        into = tmp_path / str(number)
        into.mkdir()
        subject = fetch_subject(address, into, Silent())
        found[address] = {file.path: file.sha256 for file in subject.files}
        if subject.record is not None:
            subject.record.write_verdict({"repro.verdict": "reproduced"})
    assert len({json.dumps(files, default=str, sort_keys=True) for files in found.values()}) == 1
    assert {"MLmodel", "model.skops", "requirements.txt"} <= found["models:/wine/1"].keys()
    note = fetch_subject(f"runs:/{run}/notes/hello.txt", tmp_path / "note", Silent())
    assert note.root.read_text() == "hello"
    call = f"{server}/api/2.0/mlflow/model-versions/get?name=wine&version=1"
    with urllib.request.urlopen(call, timeout=60) as answer:
        tags = json.load(answer)["model_version"]["tags"]
    assert {"key": "repro.verdict", "value": "reproduced"} in tags
    project = checking.accepted(tmp_path, "out/model.joblib")
    same, other = (
        checking.checked(project, address) for address in ("models:/wine@champion", "models:/wine/2")
    )
    assert (Verdict.REPRODUCED, Verdict.DRIFTED) == (same.verdict, other.verdict)
    assert other.comparison is not None
    assert ["coef_"] == [leaf.path for one in other.comparison.artifacts for leaf in one.leaves]


def accepted(folder: Path) -> str:
    """Accept the last run and commit it; returns the commit."""
    subprocess.run(
        [sys.executable, "-m", "repro_action", "accept"], cwd=folder, check=True, capture_output=True
    )
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b"]
    for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "x"]):
        subprocess.run([*git, *words], cwd=folder, check=True, capture_output=True)
    found = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=folder, check=True, capture_output=True, text=True
    )
    return found.stdout.strip()


def test_a_server_that_cannot_be_reached_changes_no_verdict(tmp_path: Path) -> None:
    (tmp_path / "repro.toml").write_text(f'{CONFIG}[track.mlflow]\nuri = "http://127.0.0.1:9"\n')
    (tmp_path / "train.py").write_text(TRAIN)
    (tmp_path / "params.toml").write_text("[model]\nrate = 4\n")
    done = verify(tmp_path)
    assert done.returncode == 3
    assert "MLflow server at 127.0.0.1:9 does not answer" in done.stderr


def test_a_step_that_calls_mlflow_leaves_nothing_in_the_project(tmp_path: Path) -> None:
    python = f'python = "{program_of("tools", package="mlflow")}"\n'
    (tmp_path / "repro.toml").write_text(CONFIG.replace('"current"\n', f'"current"\n{python}'))
    (tmp_path / "params.toml").write_text("[model]\nrate = 4\n")
    logging = "import mlflow\nwith mlflow.start_run():\n    for at in range(3): mlflow.log_metric('loss', at, step=at)\n"
    (tmp_path / "train.py").write_text(TRAIN + logging)
    before = {path.name for path in tmp_path.iterdir()} | {".repro", "metrics.json"}
    done = verify(tmp_path)
    assert done.returncode == 3, done.stdout + done.stderr
    if "namespaces" not in done.stdout and not list(tmp_path.glob(".repro/runs/*/tracking")):
        absent("sandbox", "steps are not enclosed here")
    assert {path.name for path in tmp_path.iterdir()} == before
    (history,) = tmp_path.glob(".repro/runs/*/tracking/train/mlruns/0/*/metrics/loss")
    assert [line.split()[1:] for line in history.read_text().splitlines()] == [
        ["0.0", "0"],
        ["1.0", "1"],
        ["2.0", "2"],
    ]
    assert "warning" not in done.stdout
