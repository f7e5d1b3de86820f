"""Workflow runs, their artifacts, and check runs."""

from __future__ import annotations

from typing import Any

from loopback.answers import Answer, Refused, error, invalid, not_found
from loopback.calls import Call, serves
from loopback.state import Check, Run


def _run(call: Call) -> Run:
    one = call.repo.runs.get(int(call.path["run_id"]))
    if one is None:
        raise not_found()
    return one


@serves("actions/get-workflow-run")
def _get_run(call: Call) -> Answer:
    return Answer(200, call.bodies.run(call.repo, _run(call)))


@serves("actions/list-workflow-runs-for-repo")
def _list_runs(call: Call) -> Answer:
    query = call.query
    found = [
        one
        for one in reversed(call.repo.runs.values())
        if query.get("head_sha", one.head_sha) == one.head_sha
        and query.get("event", one.event) == one.event
        and query.get("branch", one.head_branch) == one.head_branch
        and query.get("actor", one.actor) == one.actor
        and query.get("status", one.status) in (one.status, one.conclusion)
    ]
    return call.counted_page("workflow_runs", found, lambda one: call.bodies.run(call.repo, one))


@serves("actions/list-workflow-run-artifacts")
def _list_artifacts(call: Call) -> Answer:
    run = _run(call)
    found = [
        one
        for one in call.repo.artifacts.values()
        if one.run is run and call.query.get("name", one.name) == one.name
    ]
    found.sort(key=lambda one: one.id, reverse=call.query.get("direction", "desc") == "desc")
    return call.counted_page("artifacts", found, lambda one: call.bodies.artifact(call.repo, one))


@serves("actions/list-artifacts-for-repo")
def _list_all_artifacts(call: Call) -> Answer:
    found = [one for one in call.repo.artifacts.values() if call.query.get("name", one.name) == one.name]
    found.sort(key=lambda one: one.id, reverse=True)
    return call.counted_page("artifacts", found, lambda one: call.bodies.artifact(call.repo, one))


@serves("actions/download-artifact")
def _download(call: Call) -> Answer:
    one = call.repo.artifacts.get(int(call.path["artifact_id"]))
    if one is None:
        raise not_found()
    if call.path["archive_format"] != "zip":
        raise invalid("Artifact", "archive_format", "invalid", "archive_format must be zip")
    if one.expired:
        raise Refused(error(410, "Artifact has expired"))
    return Answer(302, None, {"Location": f"{call.blobs}/{one.id}?sig=once"})


@serves("checks/create")
def _create_check(call: Call) -> Answer:
    if not call.token.installation:
        raise Refused(error(403, "You must authenticate via a GitHub App."))
    if call.repo.resolve(call.body["head_sha"]) is None:
        raise Refused(error(422, f"No commit found for SHA: {call.body['head_sha']}"))
    one = Check(call.state.next_id(), {"started_at": call.state.now()})
    _write(call, one)
    call.repo.checks[one.id] = one
    body = call.bodies.check(call.repo, one)
    return Answer(201, body, {"Location": body["url"]})


def _check(call: Call) -> Check:
    one = call.repo.checks.get(int(call.path["check_run_id"]))
    if one is None:
        raise not_found()
    return one


@serves("checks/update")
def _update_check(call: Call) -> Answer:
    _write(call, _check(call))
    return Answer(200, call.bodies.check(call.repo, _check(call)))


@serves("checks/get")
def _get_check(call: Call) -> Answer:
    return Answer(200, call.bodies.check(call.repo, _check(call)))


@serves("checks/list-annotations")
def _list_annotations(call: Call) -> Answer:
    empty: dict[str, Any] = {"start_column": None, "end_column": None, "title": None, "raw_details": None}
    return call.page(_check(call).annotations, lambda one: {**empty, **one, "blob_href": call.url})


@serves("checks/list-for-ref")
def _list_checks(call: Call) -> Answer:
    sha = call.repo.resolve(call.path["ref"])
    found = [
        one
        for one in call.repo.checks.values()
        if one.values["head_sha"] == sha
        and call.query.get("check_name", one.values["name"]) == one.values["name"]
    ]
    return call.counted_page("check_runs", found, lambda one: call.bodies.check(call.repo, one))


def _write(call: Call, one: Check) -> None:
    body = dict(call.body)
    output = dict(body.pop("output", {}))
    one.annotations += output.pop("annotations", [])
    if "conclusion" in body:
        body["status"] = "completed"
        body.setdefault("completed_at", call.state.now())
    elif body.get("status") == "completed":
        raise invalid("CheckRun", "conclusion", "missing_field", "conclusion is needed with completed")
    one.values.update(body)
    one.values["output"] = {**one.values.get("output", {}), **output}
