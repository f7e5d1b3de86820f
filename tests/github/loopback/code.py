"""Repositories, their collaborators, files, commits and pull requests."""

from __future__ import annotations

import base64
import binascii

from loopback.answers import Answer, Refused, error, not_found
from loopback.calls import Call, serves
from loopback.state import Issue, blob_sha


@serves("repos/get")
def _get_repository(call: Call) -> Answer:
    return Answer(200, call.bodies.repository(call.repo))


@serves("repos/get-collaborator-permission-level")
def _get_permission(call: Call) -> Answer:
    login = call.path["username"]
    if login not in call.state.users:
        raise not_found()
    fallback = "none" if call.repo.private else "read"
    role = "admin" if login == call.repo.owner else call.repo.collaborators.get(login, fallback)
    # The permission tells four levels only: the role has the finer ones.
    permission = {"maintain": "write", "triage": "read"}.get(role, role)
    user = {**call.bodies.user(login), "role_name": role}
    return Answer(200, {"permission": permission, "role_name": role, "user": user})


@serves("repos/get-content")
def _get_content(call: Call) -> Answer:
    repo, path = call.repo, call.path["path"].strip("/")
    ref = call.query.get("ref", repo.default_branch)
    sha = repo.resolve(ref)
    if sha is None:
        raise Refused(error(404, f"No commit found for the ref {ref}"))
    files = repo.commits[sha].files
    if path in files:
        return Answer(200, call.bodies.content(repo, path, files[path], ref))
    inside = sorted(
        {path_.removeprefix(f"{path}/").split("/")[0] for path_ in files if path_.startswith(f"{path}/")}
    )
    if not inside:
        raise not_found()
    entries = []
    for name in inside:
        full = f"{path}/{name}"
        entry = call.bodies.content(repo, full, files.get(full, b""), ref)
        del entry["content"], entry["encoding"]
        entries.append({**entry, "type": "file" if full in files else "dir"})
    return Answer(200, entries)


@serves("repos/create-or-update-file-contents")
def _put_content(call: Call) -> Answer:
    repo, path = call.repo, call.path["path"].strip("/")
    branch = call.body.get("branch", repo.default_branch).removeprefix("refs/heads/")
    if branch not in repo.branches:
        raise Refused(error(404, f"Branch {branch} not found"))
    if branch in repo.protected:
        reason = "Repository rule violations found\n\nChanges must be made through a pull request.\n\n"
        raise Refused(error(409, reason))
    if path.startswith(".github/workflows/") and not call.token.has("workflows", "write"):
        raise Refused(error(403, "Resource not accessible by integration"))
    old, sha = repo.file(path, branch), call.body.get("sha")
    if old is not None and sha is None:
        raise Refused(error(422, 'Invalid request.\n\n"sha" wasn\'t supplied.'))
    if sha is not None and (old is None or sha != blob_sha(old)):
        raise Refused(error(409, f"{path} does not match {sha}"))
    try:
        data = base64.b64decode(call.body["content"].replace("\n", ""), validate=True)
    except binascii.Error:
        raise Refused(error(422, "content is not valid Base64")) from None
    made = call.state.commit(repo, branch, {path: data}, call.body["message"], call.token.user)
    body = call.bodies.file_commit(repo, made, call.bodies.content(repo, path, data, branch))
    return Answer(201 if old is None else 200, body)


@serves("repos/get-commit")
def _get_commit(call: Call) -> Answer:
    sha = call.repo.resolve(call.path["ref"])
    if sha is None:
        raise Refused(error(422, f"No commit found for SHA: {call.path['ref']}"))
    return Answer(200, call.bodies.commit(call.repo, call.repo.commits[sha]))


@serves("git/get-ref")
def _get_ref(call: Call) -> Answer:
    repo, ref = call.repo, f"refs/{call.path['ref']}"
    sha = repo.resolve(ref)
    if sha is None:
        raise not_found()
    target = {"type": "commit", "sha": sha, "url": call.bodies.url(repo, f"/git/commits/{sha}")}
    url = call.bodies.url(repo, f"/git/{ref}")
    return Answer(200, {"ref": ref, "node_id": "REF_1", "url": url, "object": target})


@serves("pulls/get")
def _get_pull(call: Call) -> Answer:
    one = call.repo.issues.get(int(call.path["pull_number"]))
    if one is None or one.pull is None:
        raise not_found()
    return Answer(200, call.bodies.pull(call.repo, one, simple=False))


@serves("pulls/list")
def _list_pulls(call: Call) -> Answer:
    query, state = call.query, call.query.get("state", "open")

    def wanted(one: Issue) -> bool:
        return (
            one.pull is not None
            and state in ("all", one.state)
            and query.get("base", one.pull.base_ref) == one.pull.base_ref
            # GitHub ignores a head without an owner.
            and (
                ":" not in query.get("head", "")
                or query["head"] == f"{one.pull.head_owner}:{one.pull.head_ref}"
            )
        )

    # Newest first, but oldest first where the order is by another key and no direction is given.
    newest = query.get("direction", "asc" if query.get("sort", "created") != "created" else "desc") == "desc"
    key = "updated_at" if query.get("sort") == "updated" else "created_at"
    found = sorted(
        filter(wanted, call.repo.issues.values()), key=lambda one: getattr(one, key), reverse=newest
    )
    return call.page(found, lambda one: call.bodies.pull(call.repo, one, simple=True))


@serves("repos/list-pull-requests-associated-with-commit")
def _list_pulls_of_commit(call: Call) -> Answer:
    """GitHub finds none whose head is in a fork: the commit is not in a branch of this repository."""
    sha = call.repo.resolve(call.path["commit_sha"])
    if sha is None:
        raise Refused(error(422, f"No commit found for SHA: {call.path['commit_sha']}"))
    found = [
        one
        for one in call.repo.issues.values()
        if one.pull
        and one.pull.head_repo is call.repo
        and sha in (one.pull.head_sha, one.pull.merge_commit_sha)
    ]
    return call.page(found, lambda one: call.bodies.pull(call.repo, one, simple=True))
