"""Which permissions of a token each operation accepts, as GitHub's `X-Accepted-GitHub-Permissions` states them.

The description does not hold them; they stand on the pages of GitHub's REST reference.
A semicolon separates alternatives, a comma what is needed together.
"""

from __future__ import annotations

from loopback.state import Token

_DISCUSSION = "issues={0}; pull_requests={0}"
ACCEPTED = {
    "repos/get": "metadata=read",
    "repos/get-collaborator-permission-level": "metadata=read",
    "repos/get-branch": "contents=read",
    "repos/get-commit": "contents=read",
    "repos/get-content": "contents=read",
    "repos/create-or-update-file-contents": "contents=write",
    "repos/compare-commits-with-basehead": "contents=read",
    "git/get-ref": "contents=read",
    "git/get-tree": "contents=read",
    "git/create-blob": "contents=write",
    "git/create-ref": "contents=write",
    "git/get-commit": "contents=read",
    "git/create-tree": "contents=write",
    "git/create-commit": "contents=write",
    "git/update-ref": "contents=write",
    "pulls/get": "pull_requests=read",
    "pulls/list": "pull_requests=read",
    "repos/list-pull-requests-associated-with-commit": "contents=read,pull_requests=read",
    "issues/list-for-repo": "issues=read",
    "issues/create": "issues=write",
    "issues/get": _DISCUSSION.format("read"),
    "issues/update": _DISCUSSION.format("write"),
    "issues/list-labels-for-repo": _DISCUSSION.format("read"),
    "issues/get-label": _DISCUSSION.format("read"),
    "issues/list-comments": _DISCUSSION.format("read"),
    "issues/get-comment": _DISCUSSION.format("read"),
    "issues/create-comment": _DISCUSSION.format("write"),
    "issues/update-comment": _DISCUSSION.format("write"),
    "issues/delete-comment": _DISCUSSION.format("write"),
    "reactions/create-for-issue-comment": _DISCUSSION.format("write"),
    "actions/get-workflow-run": "actions=read",
    "actions/list-workflow-runs-for-repo": "actions=read",
    "actions/list-workflow-run-artifacts": "actions=read",
    "actions/list-artifacts-for-repo": "actions=read",
    "actions/download-artifact": "actions=read",
    "actions/create-workflow-dispatch": "actions=write",
    "checks/create": "checks=write",
    "checks/update": "checks=write",
    "checks/get": "checks=read",
    "checks/list-annotations": "checks=read",
    "checks/list-for-ref": "checks=read",
}


def granted(token: Token, accepted: str, *, pull_request: bool | None, public: bool) -> bool:
    """Whether the token holds one of the alternatives.

    Args:
        token: who asks.
        accepted: the alternatives.
        pull_request: whether the thing is a pull request, where pull-request permissions alone suffice for it.
        public: whether everybody may read the repository.
    """
    for alternative in accepted.split(";"):
        pairs = [one.strip().split("=") for one in alternative.split(",")]
        if pull_request is False and any(name == "pull_requests" for name, _ in pairs):
            continue
        if all(token.has(name, level) or (public and level == "read") for name, level in pairs):
            return True
    return False
