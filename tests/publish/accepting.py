# SPDX-License-Identifier: Apache-2.0
"""A pull request with a report of its run, and comments that ask to accept it."""

import pytest
from publish.bundles import bundle, candidate, entry, files

from repro_action.action.accept_comment import AcceptOutcome, accept_comment
from repro_action.action.event import ChatComment
from repro_action.baseline import Baseline
from repro_action.codec.baseline import dump
from repro_action.sinks.github.marker import Marker
from repro_action.sinks.github.options import CommentMode, PublishOptions

PATH = "repro.baseline.json"
OPTIONS = PublishOptions(identity="repro", mode=CommentMode.CHANGES, fail_on=frozenset())


@pytest.fixture
def repo(hub):
    arm = Baseline(name="wine").accept(candidate("old", "aarch64-linux"))
    data = dump(arm.accept(candidate("old"))).encode()
    return hub.repository("octo/model", files={PATH: data}, collaborators={"alice": "write", "bob": "triage"})


@pytest.fixture
def reported(hub, repo, pull):
    """Return what a run of the head left, with our comment of it; returns the fingerprint to type."""

    def made(*entries, artifact=None, **run):
        value = entries or (entry(),)
        ran = hub.run(repo, run.pop("sha", pull.pull.head_sha), **run)
        if artifact != {}:
            hub.artifact(repo, ran, "repro-report", artifact or files(bundle(*value)))
        marker = Marker(id="repro", run=ran.id, attempt=1, sha=pull.pull.head_sha)
        hub.comment(repo, pull.number, f"{marker.line}\nreport")
        return value[0].fingerprint[:12]

    return made


@pytest.fixture
def say(hub, repo, pull, host):
    """Write a comment and obey it."""

    def said(body, author="alice", number=None, created=True):
        made = hub.comment(repo, number or pull.number, body, user=author)
        chat = ChatComment(
            id=made.id, author=author, body=body, number=number or pull.number, created=created
        )
        return accept_comment(host, chat, OPTIONS, artifact="repro-report"), made

    return said


def reactions(comment):
    return [content for _, _, content in comment.reactions]


def replies(hub, repo, pull):
    return [one.body for one in hub.comments(repo, pull.number) if "Not accepted" in one.body]


def refused(say, hub, repo, pull, body, words):
    before = dict(repo.branches)
    done, comment = say(body)
    assert AcceptOutcome.REFUSED is done.outcome
    assert ["eyes", "-1"] == reactions(comment)
    assert words in replies(hub, repo, pull)[-1]
    assert before == repo.branches
