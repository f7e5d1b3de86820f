# SPDX-License-Identifier: Apache-2.0
"""Deployed models are fetched: from an MLflow server that answers as the real one does, and from the web.

tests/e2e/test_mlflow_server.py asks a real MLflow server.
"""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from integration.fetching import DATA, server

from repro_action.errors import FetchError
from repro_action.progress import Silent
from repro_action.subjects.kinds import fetch_subject
from repro_action.subjects.subject import FetchedSubject

__all__ = ["server"]

FILES = "/api/2.0/mlflow-artifacts/artifacts"
MODEL = "m-0123456789abcdef"
RUN = "a" * 32


@dataclass
class Registry:
    """What the server has: path → listing, path → bytes, and what it was sent."""

    listings: dict[str, list[dict]] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    uri: str = f"mlflow-artifacts:/1/models/{MODEL}/artifacts"
    tags: dict[str, str] = field(default_factory=dict)
    rights: set[str] = field(default_factory=set)
    address: str = ""


def answer(registry: Registry, call: str, query: dict[str, str]) -> dict | None:
    """Return what MLflow 3.17 answers; None for no such thing."""
    version = {"name": "wine model", "version": "3", "source": f"models:/{MODEL}"}
    match call:
        case "registered-models/alias" if query == {"name": "wine model", "alias": "champion"}:
            return {"model_version": version}
        case "model-versions/get-download-uri" if query == {"name": "wine model", "version": "3"}:
            return {"artifact_uri": registry.uri}
        case _ if call == f"logged-models/{MODEL}":
            return {"model": {"info": {"name": "model", "artifact_uri": registry.uri}}}
        case "runs/get" if query == {"run_id": RUN}:
            outputs = {"model_outputs": [{"model_id": MODEL, "step": 0}]}
            return {"run": {"info": {"artifact_uri": f"mlflow-artifacts:/1/{RUN}"}, "outputs": outputs}}
    return None


@pytest.fixture
def registry() -> Iterator[Registry]:
    state = Registry()
    root = f"1/models/{MODEL}/artifacts"
    state.listings = {
        root: [{"path": "MLmodel", "is_dir": False, "file_size": 2}, {"path": "deep", "is_dir": True}],
        f"{root}/deep": [{"path": "model.skops", "is_dir": False, "file_size": 7}],
    }
    state.files = {f"{root}/MLmodel": b"a:", f"{root}/deep/model.skops": b"weights", f"1/{RUN}/x.txt": b"x"}

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

        def do_GET(self) -> None:
            state.rights.add(self.headers.get("Authorization", ""))
            parts = urlsplit(self.path)
            path, query = unquote(parts.path), {key: found[0] for key, found in parse_qs(parts.query).items()}
            if path == FILES:
                return self.send(json.dumps({"files": state.listings.get(query["path"], [])}).encode())
            if path.startswith(FILES):
                return self.send(state.files.get(path.removeprefix(f"{FILES}/")))
            found = answer(state, path.removeprefix("/api/2.0/mlflow/"), query)
            return self.send(None if found is None else json.dumps(found).encode())

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            state.tags[f"{body['name']} {body['version']} {body['key']}"] = body["value"]
            self.send(b"{}")

        def send(self, body: bytes | None) -> None:
            self.send_response(404 if body is None else 200)
            data = b'{"error_code": "RESOURCE_DOES_NOT_EXIST"}' if body is None else body
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    serving = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.address = f"http://127.0.0.1:{serving.server_port}"
    threading.Thread(target=serving.serve_forever, args=(0.01,), daemon=True).start()
    yield state
    serving.shutdown()
    serving.server_close()


@pytest.fixture
def ask(registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", registry.address)
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "ann")
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "hush")
    return lambda address: fetch_subject(address, tmp_path, Silent())


def paths(found: FetchedSubject) -> list[str]:
    return [file.path for file in found.files]


@pytest.mark.parametrize(
    ("address", "resolved", "files"),
    [
        ("models:/wine%20model@champion", "models:/wine model/3", ["MLmodel", "deep/model.skops"]),
        ("models:/wine model/3", "models:/wine model/3", ["MLmodel", "deep/model.skops"]),
        (f"models:/{MODEL}", f"models:/{MODEL}", ["MLmodel", "deep/model.skops"]),
        (f"runs:/{RUN}/model", f"models:/{MODEL}", ["MLmodel", "deep/model.skops"]),
        (f"runs:/{RUN}/model/deep", f"models:/{MODEL}/deep", ["model.skops"]),
        (f"runs:/{RUN}/model/MLmodel", f"models:/{MODEL}/MLmodel", ["MLmodel"]),
        (f"runs:/{RUN}/x.txt", f"runs:/{RUN}/x.txt", ["x.txt"]),
    ],
)
def test_each_address_of_mlflow_names_files(ask, registry, address, resolved, files) -> None:
    found = ask(address)
    assert (resolved, files) == (found.resolved, paths(found))
    login = base64.b64encode(b"ann:hush").decode()
    assert {f"Basic {login}"} == registry.rights


def test_a_verdict_is_written_to_the_version_that_was_read(ask, registry) -> None:
    found = ask("models:/wine%20model@champion")
    assert found.record is not None
    assert "wine model version 3" == found.record.label
    assert "can move" in found.notes[0]
    found.record.write_verdict({"repro.verdict": "reproduced"})
    assert {"wine model 3 repro.verdict": "reproduced"} == registry.tags


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("models:/wine model/4", "knows no wine model 4"),
        ("models:/other@champion", "knows no other champion"),
        ("models:/wine model/Production", "names no version"),
        ("runs:/zzz/model", "names no version"),
        (f"runs:/{RUN}/none.bin", "no file at none.bin"),
    ],
)
def test_what_the_server_does_not_have_is_named(ask, address, says) -> None:
    with pytest.raises(FetchError, match=says):
        ask(address)


@pytest.mark.parametrize(
    "uri", ["/srv/models/1", "file:///srv/models", "dbfs:/models", "http://169.254.169.254/x"]
)
def test_places_that_only_the_server_can_read_are_not_read_here(ask, registry, uri) -> None:
    registry.uri = uri
    with pytest.raises(FetchError, match="server's own") as caught:
        ask("models:/wine model/3")
    assert "--artifacts-destination" in caught.value.remedy


@pytest.mark.parametrize("name", ["../../out", "..", "a/b", "/etc/passwd", "a\\b"])
def test_a_listing_cannot_name_a_place_outside(ask, registry, tmp_path, name) -> None:
    registry.listings[f"1/models/{MODEL}/artifacts"] = [{"path": name, "is_dir": False, "file_size": 1}]
    with pytest.raises(FetchError):
        ask("models:/wine model/3")
    assert [] == list(tmp_path.iterdir())


def test_a_listing_that_holds_itself_comes_to_an_end(ask, registry) -> None:
    registry.listings = _Everywhere([{"path": "again", "is_dir": True}])
    with pytest.raises(FetchError, match="more folders than are followed"):
        ask("models:/wine model/3")


class _Everywhere(dict):
    def __init__(self, listing: list[dict]) -> None:
        super().__init__()
        self.listing = listing

    def get(self, key: object, default: object = None) -> list[dict]:
        return self.listing


def test_a_size_that_the_listing_invents_is_found_out(ask, registry) -> None:
    registry.listings[f"1/models/{MODEL}/artifacts"][0]["file_size"] = 1
    with pytest.raises(FetchError, match="not the file that is promised"):
        ask("models:/wine model/3")


def test_without_a_server_the_error_says_where_to_name_one(tmp_path, monkeypatch) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    with pytest.raises(FetchError) as caught:
        fetch_subject("models:/wine/3", tmp_path, Silent())
    assert "[track.mlflow]" in caught.value.remedy


def test_rights_are_not_sent_to_a_server_that_a_project_names(registry, tmp_path, monkeypatch) -> None:
    from repro_action.config.services import MlflowConfig

    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", "hush")
    config = MlflowConfig(uri=registry.address)
    fetch_subject("models:/wine model/3", tmp_path, Silent(), mlflow=config)
    assert {""} == registry.rights


def test_a_file_of_the_web_is_a_subject_and_its_query_is_not_shown(server, tmp_path) -> None:
    found = fetch_subject(f"{server.address}/d.bin?signature=hush", tmp_path, Silent())
    assert ["d.bin"] == paths(found)
    assert DATA == found.root.read_bytes()
    assert "hush" not in f"{found.address} {found.resolved}"


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("http://example.org/model.bin", "not encrypted"),
        ("https://ann:hush@example.org/model.bin", "a name or a password"),
        ("https://example.org", "does not name one file"),
        ("s3:///", "does not name one file"),
    ],
)
def test_an_address_that_is_not_safe_is_refused_before_it_is_asked(tmp_path, address, says) -> None:
    with pytest.raises(FetchError, match=says) as caught:
        fetch_subject(address, tmp_path, Silent())
    assert "hush" not in f"{caught.value} {caught.value.remedy}"
