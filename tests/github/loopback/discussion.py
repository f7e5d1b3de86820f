"""Comments, reactions, issues and labels."""

from __future__ import annotations

from loopback.answers import Answer, invalid
from loopback.calls import Call, serves
from loopback.state import Comment, Issue

LIMIT = 65536  # GitHub's, in characters, of any body


def check_comment(text: str, *, new: bool) -> None:
    """GitHub words its refusal of a new comment unlike that of an edit."""
    field, code, words = ("data", "unprocessable", "Body") if new else ("body", "custom", "body")
    if len(text) > LIMIT:
        raise invalid("IssueComment", field, code, f"{words} is too long (maximum is {LIMIT} characters)")
    if not text.strip():
        raise invalid("IssueComment", field, code, f"{words} cannot be blank")


@serves("issues/list-comments")
def _list_comments(call: Call) -> Answer:
    issue, since = call.issue(), call.query.get("since", "")
    found = [
        one for one in call.repo.comments.values() if one.number == issue.number and one.updated_at >= since
    ]
    return call.page(found, lambda one: call.bodies.comment(call.repo, one))


@serves("issues/create-comment")
def _create_comment(call: Call) -> Answer:
    issue, now = call.issue(), call.state.now()
    check_comment(call.body["body"], new=True)
    one = Comment(call.state.next_id(), issue.number, call.token.user, call.body["body"], now, now)
    call.repo.comments[one.id] = one
    body = call.bodies.comment(call.repo, one)
    return Answer(201, body, {"Location": body["url"]})


@serves("issues/get-comment")
def _get_comment(call: Call) -> Answer:
    return Answer(200, call.bodies.comment(call.repo, call.comment()))


@serves("issues/update-comment")
def _update_comment(call: Call) -> Answer:
    one = call.comment()
    check_comment(call.body["body"], new=False)
    one.body, one.updated_at = call.body["body"], call.state.now()
    return Answer(200, call.bodies.comment(call.repo, one))


@serves("issues/delete-comment")
def _delete_comment(call: Call) -> Answer:
    del call.repo.comments[call.comment().id]
    return Answer(204)


@serves("reactions/create-for-issue-comment")
def _react(call: Call) -> Answer:
    one, content = call.comment(), call.body["content"]
    for number, user, known in one.reactions:
        if (user, known) == (call.token.user, content):
            return Answer(200, call.bodies.reaction(number, user, content))
    one.reactions.append((call.state.next_id(), call.token.user, content))
    return Answer(201, call.bodies.reaction(*one.reactions[-1]))


@serves("issues/list-for-repo")
def _list_issues(call: Call) -> Answer:
    query = call.query
    state, labels = query.get("state", "open"), [name for name in query.get("labels", "").split(",") if name]
    found = [
        one
        for one in call.repo.issues.values()
        if state in ("all", one.state)
        and set(labels) <= set(one.labels)
        and one.updated_at >= query.get("since", "")
        and query.get("creator", one.user) == one.user
    ]
    key = "updated_at" if query.get("sort") == "updated" else "created_at"
    found.sort(
        key=lambda one: (getattr(one, key), one.number), reverse=query.get("direction", "desc") == "desc"
    )
    return call.page(found, lambda one: call.bodies.issue(call.repo, one))


@serves("issues/create")
def _create_issue(call: Call) -> Answer:
    now, number = call.state.now(), max(call.repo.issues, default=0) + 1
    one = Issue(call.state.next_id(), number, "", None, call.token.user, now, now)
    _write(call, one)
    call.repo.issues[number] = one
    body = call.bodies.issue(call.repo, one)
    return Answer(201, body, {"Location": body["url"]})


@serves("issues/get")
def _get_issue(call: Call) -> Answer:
    return Answer(200, call.bodies.issue(call.repo, call.issue()))


@serves("issues/update")
def _update_issue(call: Call) -> Answer:
    one = call.issue()
    _write(call, one)
    one.updated_at = call.state.now()
    return Answer(200, call.bodies.issue(call.repo, one))


def _write(call: Call, one: Issue) -> None:
    body = call.body or {}
    if len(body.get("body") or "") > LIMIT:
        raise invalid("Issue", "body", "custom", f"body is too long (maximum is {LIMIT} characters)")
    for name in ("body", "state", "state_reason"):
        if name in body:
            setattr(one, name, body[name])
    if "title" in body:
        one.title = str(body["title"])
    if one.state == "closed" and one.state_reason is None:
        one.state_reason = "completed"
    if "assignees" in body:
        one.assignees = list(body["assignees"])
    if "labels" in body:
        one.labels = [name if isinstance(name, str) else name["name"] for name in body["labels"]]
        for name in one.labels:  # GitHub makes those that were not there
            call.repo.labels.setdefault(name, "ededed")


@serves("issues/list-labels-for-repo")
def _list_labels(call: Call) -> Answer:
    return call.page(sorted(call.repo.labels), lambda name: call.bodies.label(call.repo, name))
