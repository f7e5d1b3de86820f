"""`/repro accept`: who may, what is believed, what is committed, how it is answered."""

import hashlib
import json
from dataclasses import replace

import pytest
from publish.bundles import bundle, candidate, entry, files, with_report

from repro_action.action.accept_comment import AcceptOutcome, accept_comment
from repro_action.action.event import ChatComment
from repro_action.baseline import Baseline
from repro_action.codec.baseline import dump, fingerprint_id, load
from repro_action.report.bundle import NAME
from repro_action.report.model import (
    Comparison,
    Flavour,
    MetricRow,
    Side,
    State,
    StepLine,
    StepState,
)
from repro_action.sinks.github.marker import Marker
from repro_action.sinks.github.port import CodeHostError
from repro_action.verdict import Verdict

PATH = "repro.baseline.json"


@pytest.fixture
def repo(hub):
    arm = Baseline(name="wine").accept(candidate("old", "aarch64-linux"))
    held = dump(arm.accept(candidate("old"))).encode()
    return hub.repository("octo/model", files={PATH: held}, collaborators={"alice": "write", "bob": "triage"})


@pytest.fixture
def reported(hub, repo, pull):
    """Return what a run of the head left, with our comment of it; returns the fingerprint to type."""

    def made(*entries, artifact=None, **run):
        held = entries or (entry(),)
        ran = hub.run(repo, run.pop("sha", pull.pull.head_sha), **run)
        if artifact != {}:
            hub.artifact(repo, ran, "repro-report", artifact or files(bundle(*held)))
        marker = Marker(id="repro", run=ran.id, attempt=1, sha=pull.pull.head_sha)
        hub.comment(repo, pull.number, f"{marker.line}\nreport")
        return held[0].fingerprint[:12]

    return made


@pytest.fixture
def say(hub, repo, pull, host):
    """Write a comment and obey it."""

    def said(body, author="alice", number=None, created=True):
        made = hub.comment(repo, number or pull.number, body, user=author)
        chat = ChatComment(
            id=made.id, author=author, body=body, number=number or pull.number, created=created
        )
        return accept_comment(host, chat, identity="repro", artifact="repro-report"), made

    return said


def reactions(comment):
    return [content for _, _, content in comment.reactions]


def replies(hub, repo, pull):
    return [one.body for one in hub.comments(repo, pull.number) if "Not accepted" in one.body]


def test_the_baseline_is_committed_for_its_own_platform_only(hub, repo, pull, reported, say, asked):
    text = reported()
    before = repo.branches["topic"]
    done, comment = say(f"/repro accept {text}\nthanks!")
    assert (AcceptOutcome.ACCEPTED, repo.branches["topic"]) == (done.outcome, done.commit)
    held = load(repo.file(PATH, "topic").decode())
    assert {
        "aarch64-linux": candidate("old", "aarch64-linux"),
        "x86_64-v3": candidate("new"),
    } == held.platforms
    assert ["eyes", "rocket"] == reactions(comment)
    made = repo.commits[done.commit]
    assert [before] == made.parents
    assert entry().fingerprint in made.message
    assert "accepted by alice" in made.message
    assert "repro.toml" in made.message
    assert [] == replies(hub, repo, pull)
    assert 12 == len(asked())


def test_what_the_branch_holds_already_is_not_committed_again(repo, reported, say):
    text = reported()
    say(f"/repro accept {text}")
    # A commit moves the head, so the report is of an older commit now: nothing is accepted twice.
    assert AcceptOutcome.REFUSED is say(f"/repro accept {text}")[0].outcome


def test_an_identical_baseline_is_no_commit(hub, repo, pull, reported, say):
    text = reported(entry(content="old"))
    before = repo.branches["topic"]
    done, comment = say(f"/repro accept {text}")
    assert (AcceptOutcome.ALREADY, before) == (done.outcome, repo.branches["topic"])
    assert ["eyes", "rocket"] == reactions(comment)


def test_a_first_baseline_is_committed_beside_its_configuration(repo, reported, say):
    text = reported(entry(config="models/wine/repro.toml"))
    assert AcceptOutcome.ACCEPTED is say(f"/repro accept {text} models/wine/repro.toml")[0].outcome
    held = load(repo.file("models/wine/repro.baseline.json", "topic").decode())
    assert {"x86_64-v3": candidate("new")} == held.platforms


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
    accept_comment(host, chat, identity="repro", artifact="repro-report")
    assert 1 == len(replies(hub, repo, pull))
    assert ["eyes", "-1"] == reactions(made)


def refused(say, hub, repo, pull, body, words):
    before = dict(repo.branches)
    done, comment = say(body)
    assert AcceptOutcome.REFUSED is done.outcome
    assert ["eyes", "-1"] == reactions(comment)
    assert words in replies(hub, repo, pull)[-1]
    assert before == repo.branches


def test_a_malformed_command_is_told_how(say, hub, repo, pull):
    refused(say, hub, repo, pull, "/repro accept latest", "12 to 64 hexadecimal digits")


def test_another_fingerprint_is_refused_and_the_known_ones_named(say, hub, repo, pull, reported):
    text = reported()
    refused(say, hub, repo, pull, "/repro accept 0123456789ab", f"`{text}`")


def test_a_pull_request_without_a_report_is_refused(say, hub, repo, pull):
    refused(say, hub, repo, pull, "/repro accept 0123456789ab", "no report")


def test_somebody_elses_report_is_none(say, hub, repo, pull, reported):
    text = reported()
    for one in hub.comments(repo, pull.number):
        one.user = "mallory"
    refused(say, hub, repo, pull, f"/repro accept {text}", "no report")


def test_a_report_of_an_older_commit_is_refused(say, hub, repo, pull, reported):
    text = reported()
    hub.commit(repo, "topic", {"train.py": b"newer"})
    refused(say, hub, repo, pull, f"/repro accept {text}", "older commit")


@pytest.mark.parametrize(
    "run", [{"event": "push"}, {"event": "workflow_dispatch"}, {"sha": "0" * 40}], ids=str
)
def test_a_run_that_is_not_of_this_pull_request_is_refused(say, hub, repo, pull, reported, run):
    refused(say, hub, repo, pull, f"/repro accept {reported(**run)}", "own branch")


def test_a_run_of_a_fork_is_refused(say, hub, repo, pull, reported):
    text = reported(head_repo=hub.fork(repo, "mallory"))
    refused(say, hub, repo, pull, f"/repro accept {text}", "own branch")


def test_a_closed_pull_request_is_refused(say, hub, repo, pull, reported):
    text = reported()
    pull.state = "closed"
    refused(say, hub, repo, pull, f"/repro accept {text}", "closed")


def test_a_fork_is_told_what_to_run(say, hub, repo, pull):
    fork = hub.fork(repo, "carol")
    hub.commit(fork, "evil", {"x": b""})
    foreign = hub.pull(repo, "evil", head_repo=fork)
    done, _ = say("/repro accept 0123456789ab", number=foreign.number)
    assert AcceptOutcome.REFUSED is done.outcome
    assert "repro verify; repro accept\ngit add" in replies(hub, repo, foreign)[0]


def test_a_flaky_run_is_refused(say, hub, repo, pull, reported):
    text = reported(entry(Verdict.DRIFTED, flavour=Flavour.FLAKY))
    refused(say, hub, repo, pull, f"/repro accept {text}", "disagreed with itself")


def test_a_failed_run_is_refused(say, hub, repo, pull, reported):
    refused(say, hub, repo, pull, f"/repro accept {reported(entry(Verdict.FAILED))}", "failed")


def test_a_fingerprint_is_computed_and_not_believed(say, hub, repo, pull, reported):
    reported(with_report(entry(), fingerprint="0123456789ab" + "0" * 52))
    refused(say, hub, repo, pull, "/repro accept 0123456789ab", "No run")


def test_a_report_whose_fingerprint_is_not_of_its_candidate_is_refused(say, hub, repo, pull, reported):
    text = reported(with_report(entry(), fingerprint="0" * 64))
    refused(say, hub, repo, pull, f"/repro accept {text}", "No run")


def test_one_fingerprint_of_two_configurations_must_be_told_which(say, hub, repo, pull, reported):
    text = reported(entry(config="a/repro.toml"), entry(config="b/repro.toml"))
    refused(say, hub, repo, pull, f"/repro accept {text}", "`a/repro.toml`, `b/repro.toml`")
    assert AcceptOutcome.ACCEPTED is say(f"/repro accept {text} b/repro.toml")[0].outcome
    assert repo.file("a/repro.baseline.json", "topic") is None


@pytest.mark.parametrize(
    "path",
    [
        "train.py",
        ".github/workflows/x.json",
        "../repro.baseline.json",
        "/etc/passwd",
        "other/repro.baseline.json",
    ],
)
def test_a_baseline_elsewhere_is_refused(say, hub, repo, pull, reported, path):
    held = json.loads(files(bundle())[NAME])
    held["entries"][0]["baseline"] = path
    text = reported(artifact={NAME: json.dumps(held).encode()})
    done, _ = say(f"/repro accept {text}")
    assert AcceptOutcome.REFUSED is done.outcome
    assert {".github/workflows/x.json", "train.py"} & set(repo.commits[repo.branches["topic"]].files) <= {
        "train.py"
    }
    assert b"x" == repo.file("train.py", "topic")


def test_a_hostile_artifact_is_refused(say, hub, repo, pull, reported):
    text = reported(artifact=b"no zip")
    refused(say, hub, repo, pull, f"/repro accept {text}", "cannot be read")


def test_an_expired_report_is_refused(say, hub, repo, pull, reported):
    refused(say, hub, repo, pull, f"/repro accept {reported(artifact={})}", "expired")


def test_a_baseline_that_cannot_be_read_is_not_overwritten(say, hub, repo, pull, reported):
    hub.commit(repo, "topic", {PATH: b"<<<<<<< HEAD"})
    text = reported()
    refused(say, hub, repo, pull, f"/repro accept {text}", "cannot be read")


def test_a_workflow_that_may_not_commit_is_told_the_permission(hub, repo, pull, connect, reported):
    host = connect(
        repo, token="weak", permissions={"contents": "read", "pull_requests": "write", "actions": "read"}
    )
    text = reported()
    made = hub.comment(repo, pull.number, f"/repro accept {text}", user="alice")
    chat = ChatComment(id=made.id, author="alice", body=made.body, number=pull.number, created=True)
    assert (
        AcceptOutcome.REFUSED is accept_comment(host, chat, identity="repro", artifact="repro-report").outcome
    )
    assert "permissions:\n  contents: write" in replies(hub, repo, pull)[0]


def test_a_protected_branch_is_told(say, hub, repo, pull, reported):
    text = reported()
    repo.protected.add("topic")
    refused(say, hub, repo, pull, f"/repro accept {text}", "did not take the commit")


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


def test_two_fingerprints_that_begin_alike_are_not_mistaken_for_each_other(
    hub, repo, pull, reported, say, monkeypatch
):
    # 2**24 tries make such a pair. One stands in the comment, the other comes first in the list.
    def alike(fingerprint):
        text = dump(Baseline(name="").accept(fingerprint))
        return "ab" * 6 + hashlib.sha256(text.encode()).hexdigest()[12:]

    monkeypatch.setattr("repro_action.report.bundle.fingerprint_id", alike)
    unseen, shown = (
        with_report(held, fingerprint=held.fingerprint)
        for held in (entry(Verdict.EQUIVALENT, content="unseen"), entry(content="shown"))
    )
    before = repo.branches["topic"]
    text = reported(artifact=files(bundle(unseen)))
    (ran,) = repo.runs.values()
    hub.artifact(repo, ran, "repro-report-z", files(bundle(shown)))
    assert AcceptOutcome.REFUSED is say(f"/repro accept {text}")[0].outcome
    assert before == repo.branches["topic"]
    (reply,) = replies(hub, repo, pull)
    assert "begin so" in reply


def shown(row, **candidate_changes):
    """Return an entry whose report shows a metric, beside its candidate."""
    made = entry()
    (fingerprint,) = made.candidate.platforms.values()
    side = Side(label="this run", platform=fingerprint.platform)
    claim = Comparison(before=side, after=side, metrics=(row,))
    fingerprint = replace(fingerprint, **candidate_changes)
    return replace(
        with_report(made, claim=claim, fingerprint=fingerprint_id(fingerprint)),
        candidate=Baseline(name="wine").accept(fingerprint),
    )


ROW = MetricRow(file="m.json", name="accuracy", state=State.DIFFERS, before=0.9, after=0.94)


def test_numbers_that_are_not_those_to_commit_are_refused(say, hub, repo, pull, reported):
    text = reported(shown(ROW, metrics={"m.json": {"accuracy": 0.1}}))
    refused(say, hub, repo, pull, f"/repro accept {text}", "something else than would be committed")


def test_numbers_that_are_those_to_commit_are_accepted(say, reported):
    done, _ = say(f"/repro accept {reported(shown(ROW, metrics={'m.json': {'accuracy': 0.94}}))}")
    assert AcceptOutcome.ACCEPTED is done.outcome


@pytest.mark.parametrize(
    "change",
    [
        {"name": "another"},
        {"steps": (StepLine(name="another", state=StepState.RAN),)},
        {"claim": Comparison(before=Side(label="a", platform="x"), after=Side(label="b", platform="y"))},
    ],
    ids=["name", "steps", "platform"],
)
def test_a_report_of_something_else_is_refused(say, hub, repo, pull, reported, change):
    text = reported(with_report(entry(), **change))
    refused(say, hub, repo, pull, f"/repro accept {text}", "something else than would be committed")


def test_leaves_left_out_that_the_report_does_not_show_are_refused(say, hub, repo, pull, reported):
    (fingerprint,) = entry().candidate.platforms.values()
    products = {
        path: replace(product, excluded={"coef_": "byproducts: **"})
        for path, product in fingerprint.products.items()
    }
    made = shown(replace(ROW, after=0.94), metrics={"m.json": {"accuracy": 0.94}}, products=products)
    refused(say, hub, repo, pull, f"/repro accept {reported(made)}", "left out of the comparison")


def test_a_baseline_of_another_configuration_is_not_replaced(say, hub, repo, pull, reported):
    text = reported()
    other = dump(Baseline(name="another").accept(candidate("theirs"))).encode()
    hub.commit(repo, "topic", {"repro.baseline.json": other})
    pull.head_sha = repo.branches["topic"]
    text = reported()
    refused(say, hub, repo, pull, f"/repro accept {text}", "is the baseline of `another`")
