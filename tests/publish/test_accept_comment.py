# SPDX-License-Identifier: Apache-2.0
"""`/repro accept`: who may, what is committed, how it is answered."""

from dataclasses import replace

import pytest
from publish.accepting import OPTIONS, PATH, reactions, refused, replies, repo, reported, say
from publish.bundles import bundle, candidate, entry, files

from repro_action.action.accept_comment import AcceptOutcome, accept_comment
from repro_action.action.event import ChatComment
from repro_action.codec.baseline import load
from repro_action.report.bundle import AffectedModel, PlanSummary
from repro_action.sinks.github.port import CodeHostError

__all__ = ["repo", "reported", "say"]


def test_the_baseline_is_committed_for_its_own_platform_only(hub, repo, pull, reported, say, asked):
    text = reported()
    before = repo.branches["topic"]
    done, comment = say(f"/repro accept {text}\nthanks!")
    assert (AcceptOutcome.ACCEPTED, repo.branches["topic"]) == (done.outcome, done.commit)
    baseline = load(repo.file(PATH, "topic").decode())
    assert {
        "aarch64-linux": candidate("old", "aarch64-linux"),
        "x86_64-v3": candidate("new"),
    } == baseline.platforms
    assert ["eyes", "rocket"] == reactions(comment)
    made = repo.commits[done.commit]
    assert [before] == made.parents
    assert entry().fingerprint in made.message
    assert "Accepted by alice" in made.message
    assert "repro.toml" in made.message
    assert [] == replies(hub, repo, pull)
    assert 20 >= len(asked())


def test_what_the_branch_holds_already_is_not_committed_again(repo, reported, say):
    text = reported()
    say(f"/repro accept {text}")
    assert AcceptOutcome.ALREADY is say(f"/repro accept {text}")[0].outcome


def test_an_identical_baseline_is_no_commit(hub, repo, pull, reported, say):
    text = reported(entry(content="old"))
    before = repo.branches["topic"]
    done, comment = say(f"/repro accept {text}")
    assert (AcceptOutcome.ALREADY, before) == (done.outcome, repo.branches["topic"])
    assert ["eyes", "rocket"] == reactions(comment)


def test_a_first_baseline_is_committed_beside_its_configuration(repo, reported, say):
    text = reported(entry(config="models/wine/repro.toml"))
    assert AcceptOutcome.ACCEPTED is say(f"/repro accept {text} models/wine/repro.toml")[0].outcome
    baseline = load(repo.file("models/wine/repro.baseline.json", "topic").decode())
    assert {"x86_64-v3": candidate("new")} == baseline.platforms


def test_a_planned_model_without_a_report_stays_in_the_comment(hub, repo, pull, reported, say):
    missing = AffectedModel(config="models/ash/repro.toml", name="ash")
    planned = replace(bundle(entry()), plan=PlanSummary(affected=(missing,)))
    text = reported(artifact=files(planned))
    assert AcceptOutcome.ACCEPTED is say(f"/repro accept {text}")[0].outcome
    assert any("`ash`" in one.body for one in hub.comments(repo, pull.number))


@pytest.mark.parametrize("body", ["hello", "> /repro accept 0123456789ab", "/reproduce"])
def test_other_comments_cost_nothing(say, asked, body):
    assert AcceptOutcome.IGNORED is say(body)[0].outcome
    assert [] == asked()


def test_an_edited_comment_is_no_command(reported, say, asked):
    assert AcceptOutcome.IGNORED is say(f"/repro accept {reported()}", created=False)[0].outcome
    assert [] == asked()


@pytest.mark.parametrize("author", ["mallory", "bob"])
def test_whoever_may_not_push_is_refused_and_shares_one_reply(hub, repo, pull, reported, say, author):
    text = reported()
    before = repo.branches["topic"]
    for _ in range(3):
        done, comment = say(f"/repro accept {text}", author=author)
        assert AcceptOutcome.REFUSED is done.outcome
        assert ["eyes", "-1"] == reactions(comment)
    assert 1 == len(replies(hub, repo, pull))
    assert before == repo.branches["topic"]


def test_a_command_that_is_obeyed_again_has_one_reply(hub, repo, pull, host, reported, say):
    _, made = say("/repro accept")
    chat = ChatComment(id=made.id, author="alice", body=made.body, number=pull.number, created=True)
    accept_comment(host, chat, OPTIONS, artifact="repro-report")
    assert 1 == len(replies(hub, repo, pull))
    assert ["eyes", "-1"] == reactions(made)


def test_a_malformed_command_is_answered_with_how(say, hub, repo, pull):
    refused(say, hub, repo, pull, "/repro accept latest", "12 to 64 hexadecimal digits")


def test_another_fingerprint_is_refused_and_the_known_ones_named(say, hub, repo, pull, reported):
    text = reported()
    refused(say, hub, repo, pull, "/repro accept 0123456789ab", f"`{text}`")


def test_a_closed_pull_request_is_refused(say, hub, repo, pull, reported):
    text = reported()
    pull.state = "closed"
    refused(say, hub, repo, pull, f"/repro accept {text}", "closed")


def test_a_fork_is_shown_what_to_run(say, hub, repo, pull):
    fork = hub.fork(repo, "carol")
    hub.commit(fork, "evil", {"x": b""})
    foreign = hub.pull(repo, "evil", head_repo=fork)
    done, _ = say("/repro accept 0123456789ab", number=foreign.number)
    assert AcceptOutcome.REFUSED is done.outcome
    assert "repro verify; repro accept\ngit add" in replies(hub, repo, foreign)[0]


def test_one_fingerprint_of_two_configurations_must_be_given_which(say, hub, repo, pull, reported):
    text = reported(entry(config="a/repro.toml"), entry(config="b/repro.toml"))
    refused(say, hub, repo, pull, f"/repro accept {text}", "`a/repro.toml`, `b/repro.toml`")
    assert AcceptOutcome.ACCEPTED is say(f"/repro accept {text} b/repro.toml")[0].outcome
    assert repo.file("a/repro.baseline.json", "topic") is None


def test_a_baseline_that_cannot_be_read_is_not_overwritten(say, hub, repo, pull, reported):
    hub.commit(repo, "topic", {PATH: b"<<<<<<< HEAD"})
    text = reported()
    refused(say, hub, repo, pull, f"/repro accept {text}", "cannot be read")


def test_a_workflow_that_may_not_commit_is_shown_the_permission(hub, repo, pull, connect, reported):
    host = connect(
        repo, token="weak", permissions={"contents": "read", "pull_requests": "write", "actions": "read"}
    )
    text = reported()
    made = hub.comment(repo, pull.number, f"/repro accept {text}", user="alice")
    chat = ChatComment(id=made.id, author="alice", body=made.body, number=pull.number, created=True)
    assert AcceptOutcome.REFUSED is accept_comment(host, chat, OPTIONS, artifact="repro-report").outcome
    assert "permissions:\n  contents: write" in replies(hub, repo, pull)[0]


def test_a_protected_branch_is_reported(say, hub, repo, pull, reported):
    text = reported()
    repo.protected.add("topic")
    refused(say, hub, repo, pull, f"/repro accept {text}", "rejected the commit")


def test_a_commit_that_nobody_knows_of_is_made_once(say, hub, repo, pull, reported):
    text = reported()
    hub.fault("bad_gateway", method="PUT", when="after")
    done, comment = say(f"/repro accept {text}")
    assert (AcceptOutcome.ACCEPTED, repo.branches["topic"]) == (done.outcome, done.commit)
    assert ["eyes", "rocket"] == reactions(comment)


def test_reactions_that_fail_stop_nothing(say, hub, reported):
    text = reported()
    hub.fault("forbidden", path="reactions", count=9)
    assert AcceptOutcome.ACCEPTED is say(f"/repro accept {text}")[0].outcome


def test_an_outage_is_an_error_and_the_command_can_be_given_again(say, hub, reported):
    text = reported()
    hub.fault("error", path="artifacts", count=99)
    with pytest.raises(CodeHostError):
        say(f"/repro accept {text}")
    hub.no_faults()
    assert AcceptOutcome.ACCEPTED is say(f"/repro accept {text}")[0].outcome


def test_a_commit_message_means_nothing_to_github(repo, reported, say):
    text = reported(entry(config="fixes #1 [skip ci] @octo/repro.toml"))
    done, _ = say(f"/repro accept {text}")
    assert AcceptOutcome.ACCEPTED is done.outcome
    assert not set("#@[]") & set(repo.commits[done.commit].message)
