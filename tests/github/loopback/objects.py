"""Trees and commits that are made by themselves, branches that move to them, and comparisons of commits."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from loopback.answers import Answer, Refused, error, not_found
from loopback.calls import Call, serves
from loopback.state import Commit, blob_sha

FILES_OF_A_COMPARISON = 300


def _tree_sha(files: dict[str, bytes]) -> str:
    text = "".join(f"{path} {blob_sha(files[path])}\n" for path in sorted(files))
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


def _commit(call: Call, one: Commit) -> dict[str, Any]:
    repo, tree = call.repo, _tree_sha(one.files)
    repo.trees[tree] = one.files
    by = {"name": one.author, "email": f"{one.author}@example.com", "date": one.at}
    url = call.bodies.url(repo, f"/git/commits/{one.sha}")
    site = f"https://github.com/{repo.full_name}/commit"
    return {
        "sha": one.sha,
        "node_id": "C_1",
        "url": url,
        "html_url": f"{site}/{one.sha}",
        "author": by,
        "committer": by,
        "message": one.message,
        "tree": {"sha": tree, "url": call.bodies.url(repo, f"/git/trees/{tree}")},
        "parents": [
            {"sha": sha, "url": call.bodies.url(repo, f"/git/commits/{sha}"), "html_url": f"{site}/{sha}"}
            for sha in one.parents
        ],
        "verification": {
            "verified": True,
            "reason": "valid",
            "signature": None,
            "payload": None,
            "verified_at": None,
        },
    }


@serves("git/get-commit")
def _get_commit(call: Call) -> Answer:
    found = call.repo.commits.get(call.path["commit_sha"])
    if found is None:
        raise not_found()
    return Answer(200, _commit(call, found))


@serves("git/get-tree")
def _get_tree(call: Call) -> Answer:
    repo, sha = call.repo, call.path["tree_sha"]
    if sha not in repo.trees:
        raise not_found()
    entries = [
        {"path": path, "mode": "100644", "type": "blob", "sha": blob_sha(data), "size": len(data)}
        for path, data in sorted(repo.trees[sha].items())
        if "recursive" in call.query or "/" not in path
    ]
    url = call.bodies.url(repo, f"/git/trees/{sha}")
    return Answer(200, {"sha": sha, "url": url, "truncated": False, "tree": entries})


@serves("git/create-blob")
def _create_blob(call: Call) -> Answer:
    data = call.body["content"].encode()
    if call.body.get("encoding") == "base64":
        data = base64.b64decode(data, validate=True)
    sha = blob_sha(data)
    call.repo.blobs[sha] = data
    return Answer(201, {"sha": sha, "url": call.bodies.url(call.repo, f"/git/blobs/{sha}")})


def _content(call: Call, part: dict[str, Any]) -> bytes | None:
    """The content of an entry of a tree that is to be made; None where it is to be removed."""
    if "sha" not in part:
        return str(part["content"]).encode()
    repo, sha = call.repo, part["sha"]
    if sha is None:
        return None
    known = [
        repo.blobs,
        *({blob_sha(data): data for data in one.files.values()} for one in repo.commits.values()),
    ]
    found = next((blobs[sha] for blobs in known if sha in blobs), None)
    if found is None:
        raise Refused(error(422, "tree.sha is not a valid blob"))
    return found


@serves("git/create-ref")
def _create_ref(call: Call) -> Answer:
    repo, ref, sha = call.repo, call.body["ref"], call.body["sha"]
    branch = ref.removeprefix("refs/heads/")
    if branch in repo.branches:
        raise Refused(error(422, "Reference already exists"))
    if sha not in repo.commits:
        raise Refused(error(422, "Object does not exist"))
    repo.branches[branch] = sha
    target = {"type": "commit", "sha": sha, "url": call.bodies.url(repo, f"/git/commits/{sha}")}
    url = call.bodies.url(repo, f"/git/{ref}")
    return Answer(201, {"ref": ref, "node_id": "REF_1", "url": url, "object": target}, {"Location": url})


@serves("git/create-tree")
def _create_tree(call: Call) -> Answer:
    repo = call.repo
    files = dict(repo.trees.get(call.body.get("base_tree", ""), {}))
    for part in call.body["tree"]:
        if part["path"].startswith(".github/workflows/") and not call.token.has("workflows", "write"):
            raise Refused(error(403, "Resource not accessible by integration"))
        data = _content(call, part)
        if data is None:
            files.pop(part["path"], None)
        else:
            files[part["path"]] = data
    sha = _tree_sha(files)
    repo.trees[sha] = files
    entries = [
        {"path": path, "mode": "100644", "type": "blob", "sha": blob_sha(data), "size": len(data)}
        for path, data in files.items()
    ]
    url = call.bodies.url(repo, f"/git/trees/{sha}")
    return Answer(201, {"sha": sha, "url": url, "truncated": False, "tree": entries})


@serves("git/create-commit")
def _create_commit(call: Call) -> Answer:
    repo, body = call.repo, call.body
    if body["tree"] not in repo.trees or any(sha not in repo.commits for sha in body["parents"]):
        raise Refused(error(422, "Tree SHA does not exist"))
    name = f"{repo.full_name} {call.state.next_id()}"
    sha = hashlib.sha1(name.encode(), usedforsecurity=False).hexdigest()
    files = repo.trees[body["tree"]]
    made = Commit(sha, files, body["message"], call.token.user, call.state.now(), body["parents"])
    repo.commits[sha] = made
    return Answer(201, _commit(call, made))


@serves("git/update-ref")
def _update_ref(call: Call) -> Answer:
    repo, branch = call.repo, call.path["ref"].removeprefix("heads/")
    if branch not in repo.branches:
        raise Refused(error(422, "Reference does not exist"))
    sha = call.body["sha"]
    if branch in repo.protected:
        reason = "Repository rule violations found\n\nChanges must be made through a pull request.\n\n"
        raise Refused(error(422, reason))
    if not call.body.get("force") and repo.branches[branch] not in repo.before(sha):
        raise Refused(error(422, "Update is not a fast forward"))
    call.state.move(repo, branch, sha)
    target = {"type": "commit", "sha": sha, "url": call.bodies.url(repo, f"/git/commits/{sha}")}
    ref = f"refs/heads/{branch}"
    url = call.bodies.url(repo, f"/git/{ref}")
    return Answer(200, {"ref": ref, "node_id": "REF_1", "url": url, "object": target})


@serves("repos/compare-commits-with-basehead")
def _compare(call: Call) -> Answer:
    repo = call.repo
    names = call.path["basehead"].split("...")
    base, head = (repo.resolve(name) for name in names)
    if base is None or head is None:
        raise not_found()
    older, newer = repo.before(base), repo.before(head)
    shared = next((sha for sha in newer if sha in older), None)
    if shared is None:
        raise Refused(error(404, f"No common ancestor between {names[0]} and {names[1]}."))
    ahead, behind = (
        [sha for sha in one if sha not in other] for one, other in ((newer, older), (older, newer))
    )
    status = (
        "identical" if base == head else "diverged" if ahead and behind else "ahead" if ahead else "behind"
    )
    url = call.bodies.url(repo, f"/compare/{base}...{head}")
    site = f"https://github.com/{repo.full_name}/compare/{base}...{head}"
    changes = call.bodies.changes(repo, repo.commits[shared].files, repo.commits[head])
    body = {
        "url": url,
        "html_url": site,
        "permalink_url": site,
        "diff_url": f"{site}.diff",
        "patch_url": f"{site}.patch",
        "base_commit": call.bodies.commit(repo, repo.commits[base]),
        "merge_base_commit": call.bodies.commit(repo, repo.commits[shared]),
        "status": status,
        "ahead_by": len(ahead),
        "behind_by": len(behind),
        "total_commits": len(ahead),
        "commits": [call.bodies.commit(repo, repo.commits[sha]) for sha in reversed(ahead)],
        "files": changes[:FILES_OF_A_COMPARISON],
    }
    return Answer(200, body)


@serves("actions/create-workflow-dispatch")
def _dispatch(call: Call) -> Answer:
    repo, file = call.repo, str(call.path["workflow_id"])
    if file not in repo.dispatchable:
        raise Refused(error(422, "Workflow does not have 'workflow_dispatch' trigger"))
    repo.dispatched.append((file, call.body["ref"]))
    return Answer(204)
