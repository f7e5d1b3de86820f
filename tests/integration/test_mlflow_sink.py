# SPDX-License-Identifier: Apache-2.0
"""Runs in an MLflow server: what is sent, to whom whose rights go, and servers that misbehave.

The server here answers as MLflow 3 does; tests/e2e/test_mlflow_server.py asks a real one.
"""

from __future__ import annotations

import base64
import json
import math
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
from factories import make_fingerprint

from repro_action.baseline import Baseline
from repro_action.config.services import MlflowConfig
from repro_action.report.bundle import Bundle, Entry
from repro_action.report.model import Report, StepLine, StepState
from repro_action.sinks import Delivery, Publication, deliver
from repro_action.sinks.mlflow import server as rest
from repro_action.sinks.mlflow.runs import MlflowRuns
from repro_action.verdict import Verdict

REPORT = Report(
    tool="0.1.0",
    name="wine",
    verdict=Verdict.REPRODUCED,
    headline="all of it is identical",
    steps=(StepLine(name="train", state=StepState.RAN, seconds=3.0),),
    reproduce=("repro verify",),
)


@dataclass
class Answers:
    """What the server has, was sent, and does wrong."""

    runs: list[dict] = field(default_factory=list)
    experiments: dict[str, str] = field(default_factory=dict)
    params: dict[str, str] = field(default_factory=dict)
    metrics: dict[str, object] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    rights: set[str] = field(default_factory=set)
    artifacts: str = "mlflow-artifacts:/7/abc/artifacts"
    fault: str = ""
    ended: int = 0


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_arguments: object) -> None:
        """Print nothing."""

    def do_GET(self) -> None:
        self.answer(b"")

    def do_POST(self) -> None:
        self.answer(self.rfile.read(int(self.headers["Content-Length"])))

    def do_PUT(self) -> None:
        self.do_POST()

    def answer(self, body: bytes) -> None:
        state: Answers = self.server.state
        state.rights.add(self.headers.get("Authorization", ""))
        path = urlsplit(self.path)
        match state.fault:
            case "redirect":
                return self.send(302, {}, Location="http://example.org/steal")
            case "huge":
                return self.send(200, {"message": "x" * (rest.LARGEST + 1)})
            case "html":
                return self.send(200, "<html>not MLflow</html>")
            case "deep":
                return self.send(200, "[" * 100_000)
            case "refused":
                return self.send(401, {"message": "no\x1b[31m rights"})
            case "slow":
                time.sleep(1.5)
        if path.path.startswith("/api/2.0/mlflow-artifacts/artifacts/"):
            state.files[path.path.partition("/artifacts/")[2]] = body
            return self.send(200, {})
        call = path.path.removeprefix("/api/2.0/mlflow/")
        return self.called(call, {**parse_qs(path.query), **json.loads(body or b"{}")}, state)

    def called(self, call: str, given: dict, state: Answers) -> None:
        match call:
            case "experiments/get-by-name" if given["experiment_name"][0] not in state.experiments:
                return self.send(404, {"error_code": "RESOURCE_DOES_NOT_EXIST"})
            case "experiments/get-by-name":
                name = state.experiments[given["experiment_name"][0]]
                return self.send(200, {"experiment": {"experiment_id": name}})
            case "experiments/create":
                state.experiments[given["name"]] = "7"
                return self.send(200, {"experiment_id": "7"})
            case "runs/search":
                tag = given["filter"].split("'")[1]
                found = [run for run in state.runs if {"key": "repro.report", "value": tag} in run["tags"]]
                return self.send(200, {"runs": [{"info": {"run_id": "abc"}}] if found else []})
            case "runs/create":
                state.runs.append(given)
                return self.send(200, {"run": {"info": {"run_id": "abc", "artifact_uri": state.artifacts}}})
            case "runs/log-batch":
                state.params |= {item["key"]: item["value"] for item in given.get("params", ())}
                state.metrics |= {item["key"]: item["value"] for item in given.get("metrics", ())}
                return self.send(200, {})
            case "runs/update":
                state.runs[-1]["status"] = given["status"]
                state.ended = given["end_time"]
                return self.send(200, {})
        return self.send(404, {"error_code": "ENDPOINT_NOT_FOUND"})

    def send(self, status: int, value: object, **headers: str) -> None:
        data = value.encode() if isinstance(value, str) else json.dumps(value).encode()
        self.send_response(status)
        for name, text in {**headers, "Content-Length": str(len(data))}.items():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(data)


@pytest.fixture
def answers() -> Iterator[tuple[str, Answers]]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.state = Answers()
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", server.state
        server.shutdown()


def publish(
    uri: str, *, config: MlflowConfig | None = None, made: Baseline | None = None, **environ: str
) -> Delivery:
    entry = Entry(config="repro.toml", baseline="repro.baseline.json", report=REPORT, candidate=made)
    sink = MlflowRuns(config=config or MlflowConfig(uri=uri, experiment="wine"), environ=environ)
    (delivery,) = deliver([sink], Publication(bundle=Bundle(tool="0.1.0", entries=(entry,)), commit="c" * 40))
    return delivery


def test_a_run_has_parameters_metrics_the_verdict_and_the_report(answers: tuple[str, Answers]) -> None:
    uri, state = answers
    fingerprint = replace(
        make_fingerprint(), metrics={"m.json": {"accuracy": 0.5, "gap": math.nan, "name": "x"}}
    )
    made = Baseline(name="m", platforms={fingerprint.platform: fingerprint})
    delivery = publish(uri, made=made)
    (run,) = state.runs
    tags = {tag["key"]: tag["value"] for tag in run["tags"]}
    assert delivery.error is None
    assert (delivery.outcome, delivery.url) == ("logged", f"{uri}/#/experiments/7/runs/abc")
    assert (tags["repro.verdict"], tags["mlflow.source.git.commit"]) == (REPORT.verdict.value, "c" * 40)
    assert run["status"] == "FINISHED"
    assert set(state.files) == {
        f"7/abc/artifacts/repro/{name}" for name in ("report.json", "report.md", "candidate.json")
    }
    assert run["run_name"].startswith("wine reproduced ")
    assert state.ended - run["start_time"] >= 3_000, "the steps' seconds are the run's"
    # MLflow shows the HTML of a fold as it is written.
    assert b"<details>" not in state.files["7/abc/artifacts/repro/report.md"]
    assert state.metrics == {"accuracy": 0.5, "gap": "NaN"}
    assert state.params


def test_the_same_report_is_logged_once(answers: tuple[str, Answers]) -> None:
    uri, state = answers
    assert [publish(uri).outcome for _ in range(2)] == ["logged", "unchanged"]
    assert len(state.runs) == 1


def test_rights_go_to_no_server_but_the_callers_own(answers: tuple[str, Answers]) -> None:
    uri, state = answers
    rights = {"MLFLOW_TRACKING_TOKEN": "secret-token"}
    for elsewhere in ("", "https://mlflow.example.org", uri.replace("127.0.0.1", "localhost")):
        publish(uri, **rights, MLFLOW_TRACKING_URI=elsewhere)
    assert state.rights == {""}
    publish(uri, **rights, MLFLOW_TRACKING_URI=f"{uri}/")
    assert "Bearer secret-token" in state.rights


def test_a_password_is_sent_as_mlflow_sends_it(answers: tuple[str, Answers]) -> None:
    uri, state = answers
    publish(
        "",
        config=MlflowConfig(),
        MLFLOW_TRACKING_URI=uri,
        MLFLOW_TRACKING_USERNAME="u",
        MLFLOW_TRACKING_PASSWORD="p",
    )
    assert state.rights == {"Basic " + base64.b64encode(b"u:p").decode()}
    assert state.experiments == {"Default": "7"}


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ("redirect", "answered 302"),
        ("huge", "longer than"),
        ("html", "not MLflow's"),
        ("deep", "not MLflow's"),
        ("refused", "answered 401"),
    ],
)
def test_a_server_that_misbehaves_is_an_error_of_its_own(
    fault: str, says: str, answers: tuple[str, Answers]
) -> None:
    uri, state = answers
    state.fault = fault
    error = publish(uri, MLFLOW_TRACKING_URI=uri, MLFLOW_TRACKING_TOKEN="secret-token").error
    assert error is not None
    assert says in error.what
    assert error.remedy
    assert "secret-token" not in f"{error.what} {error.why} {error.remedy} {error!r}"
    assert "\x1b" not in f"{error.what} {error.why}"


def test_a_server_that_hangs_is_given_up(
    answers: tuple[str, Answers], monkeypatch: pytest.MonkeyPatch
) -> None:
    uri, state = answers
    state.fault = "slow"
    monkeypatch.setattr(rest, "TIMEOUTS", (0.2, 0.2))
    error = publish(uri).error
    assert error is not None
    assert "does not answer" in error.what


def test_no_server_at_all_is_an_error_of_its_own(answers: tuple[str, Answers]) -> None:
    del answers
    error = publish("http://127.0.0.1:9").error
    assert error is not None
    assert "does not answer" in error.what


def test_a_run_whose_files_go_past_the_server_is_ended_and_says_so(answers: tuple[str, Answers]) -> None:
    uri, state = answers
    state.artifacts = "s3://bucket/7/abc/artifacts"
    error = publish(uri).error
    assert error is not None
    assert "report is not" in error.what
    assert state.runs[0]["status"] == "FINISHED"


@pytest.mark.parametrize(
    ("uri", "says"),
    [
        ("", "not the address"),
        ("sqlite:///mlflow.db", "not the address"),
        ("file:///tmp/mlruns", "not the address"),
        ("http://user:hidden@host", "contains a user"),
        ("http://host:port", "not the address"),
        ("https://host/?a=b", "not the address"),
    ],
)
def test_what_is_no_address_of_a_server_is_refused_without_its_password(uri: str, says: str) -> None:
    error = publish(uri).error
    assert error is not None
    assert says in error.what
    assert "hidden" not in f"{error.what} {error.why} {error.remedy}"
