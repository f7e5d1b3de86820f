# SPDX-License-Identifier: Apache-2.0
"""The publishing side against the loopback GitHub server of tests/github."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "github"))

from loopback.fixtures import hub
from publish.tokens import TOKEN

from repro_action.sinks.github.adapter import GitHub
from repro_action.sinks.github.retry import RetryBounds

__all__ = ["hub"]

COMMENTS = {"pull_requests": "write"}
ALL = dict.fromkeys(("actions", "contents", "issues", "pull_requests"), "write")


class Waits(list):
    """Instead of sleeping: what would have been slept."""

    def __call__(self, seconds):
        self.append(seconds)


@pytest.fixture
def waits():
    return Waits()


@pytest.fixture
def connect(hub, waits):
    """Return a forge for a repository; it sleeps no real second."""

    def made(repo, token=TOKEN, permissions=ALL, user="github-actions[bot]", timeout=15):
        if token not in hub.service.state.tokens:
            hub.token(token, permissions=dict(permissions), user=user)
        return GitHub(
            repo.full_name, token=token, api_url=hub.url, timeout=timeout, bounds=RetryBounds(sleep=waits)
        )

    return made


@pytest.fixture
def repo(hub):
    return hub.repository(
        "octo/model", files={"repro.baseline.json": b"{}"}, collaborators={"alice": "write"}
    )


@pytest.fixture
def pull(hub, repo):
    hub.commit(repo, "topic", {"train.py": b"x"})
    return hub.pull(repo, "topic", user="alice")


@pytest.fixture
def fork(hub, repo):
    """Return a fork with a branch `evil`."""
    made = hub.fork(repo, "mallory")
    hub.commit(made, "evil", {"x": b""})
    return made


@pytest.fixture
def foreign(hub, repo, fork):
    """Return the pull request of the fork."""
    return hub.pull(repo, "evil", head_repo=fork)


@pytest.fixture
def host(connect, repo):
    return connect(repo)


@pytest.fixture
def asked(hub):
    """What was asked: `METHOD operation` of each request since the last look."""
    seen = [0]

    def look():
        new = hub.requests[seen[0] :]
        seen[0] = len(hub.requests)
        return [f"{one.method} {one.operation}" for one in new]

    return look
