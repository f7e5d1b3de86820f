# SPDX-License-Identifier: Apache-2.0
"""Artifacts of a run: how they are listed and downloaded, and where a download may lead."""

import pytest
from publish.tokens import TOKEN

from repro_action.sinks.github.download import allowed
from repro_action.sinks.github.port import (
    CodeHostError,
    Missing,
    WorkflowRun,
)


def test_a_run_and_its_artifacts_are_read(hub, repo, host, asked):
    sha = hub.commit(repo, "topic", {"x": b""})
    run = hub.run(repo, sha)
    kept = hub.artifact(repo, run, "repro-report", b"zip")
    assert host.run(run.id) == WorkflowRun(
        id=run.id,
        event="pull_request",
        head_sha=sha,
        head_repository="octo/model",
        head_branch="topic",
        path=".github/workflows/repro.yml",
        conclusion="success",
    )
    assert [(kept.id, "repro-report", 3, False, run.id)] == [
        (one.id, one.name, one.size, one.expired, one.run_id) for one in host.artifacts(run.id)
    ]
    assert ["GET actions/get-workflow-run", "GET actions/list-workflow-run-artifacts"] == asked()


def test_an_artifact_is_fetched_without_the_token(hub, repo, host, asked):
    run = hub.run(repo, hub.commit(repo, "topic", {"x": b""}))
    kept = hub.artifact(repo, run, "repro-report", b"z" * 200_000)
    assert b"z" * 200_000 == host.artifact(kept.id, limit=200_000)
    assert ["GET actions/download-artifact", "GET blob"] == asked()
    assert [TOKEN, None] == [one.token for one in hub.requests]  # the server also refuses one at the store


def test_an_artifact_beyond_the_bound_is_not_read_to_its_end(hub, repo, host):
    run = hub.run(repo, hub.commit(repo, "topic", {"x": b""}))
    kept = hub.artifact(repo, run, "repro-report", b"z" * 200_000)
    with pytest.raises(CodeHostError, match="more than 199,999 bytes"):
        host.artifact(kept.id, limit=199_999)


@pytest.mark.parametrize("kind", ["truncate", "drop", "error", "bad_gateway"])
def test_an_artifact_whose_store_fails_is_fetched_again_by_a_new_address(hub, repo, host, kind, asked):
    run = hub.run(repo, hub.commit(repo, "topic", {"x": b""}))
    kept = hub.artifact(repo, run, "repro-report", b"z" * 100)
    hub.fault(kind, path="_blobs", count=2)
    assert b"z" * 100 == host.artifact(kept.id, limit=100)
    assert ["GET actions/download-artifact", "GET blob"] * 3 == asked()


def test_an_expired_artifact_is_missing(hub, repo, host):
    run = hub.run(repo, hub.commit(repo, "topic", {"x": b""}))
    kept = hub.artifact(repo, run, "repro-report", b"z")
    kept.expired = True
    with pytest.raises(Missing):
        host.artifact(kept.id, limit=100)


@pytest.mark.parametrize(
    "address",
    [
        "http://example.org/x",
        "ftp://127.0.0.1/x",
        "file:///etc/passwd",
        "//example.org",
        "https://user:secret@example.org/",
    ],
)
def test_an_artifact_that_leads_elsewhere_is_not_followed(hub, repo, host, address):
    run = hub.run(repo, hub.commit(repo, "topic", {"x": b""}))
    kept = hub.artifact(repo, run, "repro-report", b"z")
    hub.service.blobs = address
    with pytest.raises(CodeHostError, match="address is not allowed") as refused:
        host.artifact(kept.id, limit=100)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://store.example.org/x", True),
        ("https://api.example.org/x", True),
        ("http://store.example.org/x", False),
        ("http://localhost/x", False),
        ("https://[oops", False),
        ("https:///x", False),
        ("https://a@store.example.org/x", False),
    ],
)
def test_only_https_is_followed(address, expected):
    assert expected is allowed(address, "https://api.example.org")
