"""Reports shown on pull requests: from the job that trained, and from a trusted one after it."""

import json
from dataclasses import replace

import pytest
from publish.bundles import bundle, entry, files, with_report

from repro_action.action.publish import failing
from repro_action.action.reports import from_run
from repro_action.compare.config_change import ConfigChange, ModelChange, ModelState, Strictness
from repro_action.errors import ArtifactUnreadable
from repro_action.report.bundle import NAME, AffectedModel, Bundle, PlanSummary
from repro_action.report.config_changes import ConfigChanges
from repro_action.sinks import Publication
from repro_action.sinks.github.comment import PullRequestComment, comment
from repro_action.sinks.github.marker import parse
from repro_action.sinks.github.options import CommentMode, PublishOptions
from repro_action.sinks.github.resolve_run import RunMatch
from repro_action.sinks.github.upsert import PostOutcome
from repro_action.verdict import Verdict

OPTIONS = PublishOptions(
    identity="repro",
    mode=CommentMode.CHANGES,
    fail_on=frozenset({Verdict.CHANGED, Verdict.DRIFTED, Verdict.FAILED, Verdict.NO_BASELINE}),
)
GREEN = bundle(entry(Verdict.REPRODUCED, headline="All the same."))


def options_for(mode):
    return PublishOptions(identity="repro", mode=mode, fail_on=OPTIONS.fail_on)


def of(hub, repo, number):
    return [one for one in hub.comments(repo, number) if one.user == "github-actions[bot]"]


@pytest.fixture
def finished(hub, repo, fork, foreign, host):
    """Return a run of the fork that left artifacts."""

    def made(**artifacts):
        run = hub.run(repo, fork.branches["evil"], head_branch="evil", head_repo=fork)
        for name, content in artifacts.items():
            hub.artifact(repo, run, name.replace("_", "-"), content)
        return host.run(run.id)

    return made


def test_commands_go_to_the_branch_unless_it_stands_in_a_fork(hub, repo, pull, foreign, host):
    for number in (pull.number, foreign.number):
        comment(host, host.pull(number), bundle(), OPTIONS, run=17, attempt=1)
    (own,), (other,) = of(hub, repo, pull.number), of(hub, repo, foreign.number)
    assert "git switch topic && git pull" in own.body
    assert "git switch" not in other.body
    assert "Run on the branch of the pull request:" in other.body


def test_a_run_tells_of_itself(hub, repo, pull, host):
    posted = comment(host, host.pull(pull.number), bundle(), OPTIONS, run=17, attempt=2)
    (made,) = of(hub, repo, pull.number)
    assert (PostOutcome.CREATED, (17, 2), pull.pull.head_sha) == (
        posted.outcome,
        parse(made.body).age,
        parse(made.body).sha,
    )
    assert "## ❌ `wine` changed\n\nIt changed." in made.body
    assert "https://github.com/octo/model/actions/runs/17" in made.body


@pytest.mark.parametrize(
    ("mode", "bundle", "expected"),
    [
        (CommentMode.CHANGES, bundle(), PostOutcome.CREATED),
        (CommentMode.CHANGES, GREEN, PostOutcome.SKIPPED),
        (CommentMode.ALWAYS, GREEN, PostOutcome.CREATED),
        (CommentMode.FAILURES, bundle(), PostOutcome.CREATED),
        (CommentMode.FAILURES, GREEN, PostOutcome.SKIPPED),
        (CommentMode.FAILURES, bundle(entry(Verdict.EQUIVALENT)), PostOutcome.SKIPPED),
        (CommentMode.CHANGES, bundle(entry(Verdict.EQUIVALENT)), PostOutcome.CREATED),
    ],
)
def test_modes_say_when_a_comment_is_made(pull, host, mode, bundle, expected):
    assert (
        expected is comment(host, host.pull(pull.number), bundle, options_for(mode), run=1, attempt=1).outcome
    )


def test_off_asks_nothing(pull, host, asked):
    head = host.pull(pull.number)
    asked()
    sink = PullRequestComment(connect=lambda: host, pull=head, options=options_for(CommentMode.OFF))
    assert "skipped" == sink.publish(Publication(bundle=bundle(), run=1, attempt=1)).outcome
    assert [] == asked()


def test_a_comment_that_stands_turns_green(hub, repo, pull, host):
    head = host.pull(pull.number)
    comment(host, head, bundle(), OPTIONS, run=1, attempt=1)
    assert PostOutcome.UPDATED is comment(host, head, GREEN, OPTIONS, run=2, attempt=1).outcome
    assert "## ✅ `wine` reproduced\n\nAll the same." in of(hub, repo, pull.number)[0].body


def test_a_fork_is_answered_by_a_trusted_job_and_labelled(hub, repo, foreign, host, finished, asked):
    run = finished(repro_report=files(bundle()))
    asked()
    delivery = from_run(host, run, OPTIONS, artifact="repro-report")
    assert [
        "GET pulls/list",
        "GET actions/list-workflow-run-artifacts",
        "GET actions/download-artifact",
        "GET blob",
        "GET issues/list-comments",
        "POST issues/create-comment",
        "GET issues/list-comments",
    ] == asked()
    assert [PostOutcome.CREATED] == [one.outcome for one in delivery.deliveries]
    (made,) = of(hub, repo, foreign.number)
    assert "a workflow that this pull request controls" in made.body
    assert (run.id, 1) == parse(made.body).age


def test_a_branch_of_our_own_is_not_labelled(hub, repo, pull, host):
    run = hub.run(repo, pull.pull.head_sha)
    hub.artifact(repo, run, "repro-report", files(bundle()))
    from_run(host, host.run(run.id), OPTIONS, artifact="repro-report")
    assert "controls" not in of(hub, repo, pull.number)[0].body


def test_many_jobs_make_one_comment_of_their_newest_artifacts(hub, repo, foreign, host, finished):
    run = finished(
        repro_report_wine=files(bundle(entry(config="wine/repro.toml", headline="Old attempt."))),
        repro_report_iris=files(bundle(entry(config="iris/repro.toml"))),
        repro_reports=files(bundle(entry(config="other/repro.toml"))),
        coverage=b"not ours",
    )
    again = hub.artifact(
        repo,
        repo.runs[run.id],
        "repro-report-wine",
        files(bundle(entry(config="wine/repro.toml", headline="New."))),
    )
    delivery = from_run(host, run, OPTIONS, artifact="repro-report")
    assert ["iris/repro.toml", "wine/repro.toml"] == [one.config for one in delivery.bundle.entries]
    assert "New." == delivery.bundle.entries[1].report.headline
    again.expired = True
    assert (
        "Old attempt."
        == from_run(host, run, OPTIONS, artifact="repro-report").bundle.entries[1].report.headline
    )


def test_a_run_that_passed_and_left_nothing_makes_no_comment_and_outdates_the_one_there_is(
    hub, repo, foreign, host, finished
):
    published = from_run(host, finished(), OPTIONS, artifact="repro-report")
    assert (RunMatch.PULLS, True) == (published.resolved.found, published.unreported)
    assert [] == of(hub, repo, foreign.number)
    from_run(host, finished(repro_report=files(GREEN)), OPTIONS, artifact="repro-report")
    from_run(host, finished(repro_report=files(bundle())), OPTIONS, artifact="repro-report")
    from_run(host, finished(), OPTIONS, artifact="repro-report")
    (body,) = [one.body for one in of(hub, repo, foreign.number)]
    assert "no job of this run uploaded a report" in body


@pytest.mark.parametrize("conclusion", ["failure", "timed_out", "startup_failure"])
def test_a_run_that_died_before_its_report_is_commented_as_failed(
    hub, repo, foreign, host, finished, conclusion
):
    run = replace(finished(), conclusion=conclusion)
    assert from_run(host, run, OPTIONS, artifact="repro-report").unreported
    (body,) = [one.body for one in of(hub, repo, foreign.number)]
    assert "❌" in body or "⛔" in body
    assert "no job of this run uploaded a report" in body


def test_a_plan_of_nothing_turns_a_comment_green_and_makes_none(hub, repo, foreign, host, finished):
    empty = Bundle(tool="1.0", entries=(), plan=PlanSummary(others=3))
    from_run(host, finished(repro_report__plan=files(empty)), OPTIONS, artifact="repro-report")
    assert [] == of(hub, repo, foreign.number)
    from_run(host, finished(repro_report=files(bundle())), OPTIONS, artifact="repro-report")
    from_run(host, finished(repro_report__plan=files(empty)), OPTIONS, artifact="repro-report")
    (body,) = [one.body for one in of(hub, repo, foreign.number)]
    assert "## ✅ No model affected" in body


def test_a_planned_model_without_a_report_is_a_failure(hub, repo, foreign, host, finished):
    affected = (
        AffectedModel(config="repro.toml", name="wine"),
        AffectedModel(config="models/ash/repro.toml", name="ash"),
    )
    planned = Bundle(tool="1.0", entries=(), plan=PlanSummary(affected=affected))
    run = finished(repro_report__plan=files(planned), repro_report_wine=files(GREEN))
    published = from_run(host, run, OPTIONS, artifact="repro-report")
    assert [("models/ash/repro.toml", Verdict.FAILED), ("repro.toml", Verdict.REPRODUCED)] == sorted(
        (entry.config, entry.report.verdict) for entry in published.bundle.entries
    )
    assert "left no report" in of(hub, repo, foreign.number)[0].body


@pytest.mark.parametrize("mode", [CommentMode.CHANGES, CommentMode.ALWAYS, CommentMode.FAILURES])
def test_a_model_that_is_no_longer_verified_is_always_commented_on(hub, repo, pull, host, mode):
    gone = ModelChange(config="models/ash/repro.toml", name="ash", state=ModelState.REMOVED)
    empty = Bundle(tool="1.0", entries=(), models=(gone,), plan=PlanSummary(others=1))
    comment(host, host.pull(pull.number), empty, options_for(mode), run=1, attempt=1)
    (made,) = of(hub, repo, pull.number)
    assert "## ⚠️ 1 model no longer verified" in made.body
    assert "**⚠️ No longer verified:** `ash` (`models/ash/repro.toml`)" in made.body


@pytest.mark.parametrize(("strictness", "weakened"), [(Strictness.WEAKER, 1), (Strictness.CHANGED, 0)])
def test_weaker_rules_fail_a_job_that_asks_for_it(strictness, weakened):
    setting = ConfigChange(setting="sandbox.network", before=False, after=True, strictness=strictness)
    rules = ConfigChanges(base="main", settings=(setting,))
    weak = bundle(with_report(entry(Verdict.REPRODUCED), config_changes=rules))
    assert (0, weakened) == (failing(weak, frozenset()), failing(weak, frozenset(), weakened=True))


def test_a_superseded_run_tells_nothing_and_downloads_nothing(
    hub, repo, fork, foreign, host, finished, asked
):
    run = finished(repro_report=files(bundle()))
    hub.commit(fork, "evil", {"x": b"newer"})
    asked()
    assert RunMatch.SUPERSEDED is from_run(host, run, OPTIONS, artifact="repro-report").resolved.found
    assert not {"GET actions/download-artifact", "POST issues/create-comment"} & set(asked())


def altered(**changes):
    document = json.loads(files(bundle())[NAME])
    return {NAME: json.dumps({**document, **changes}).encode()}


HOSTILE = {
    "no zip": b"hello",
    "another file": {"evil.sh": b"rm -rf /"},
    "two files": {NAME: b"{}", "evil.sh": b""},
    "a path upwards": {f"../../{NAME}": b"{}"},
    "no JSON": {NAME: b"<html>"},
    "unknown key": altered(pull_request=1),
    "another version": altered(version=2),
    "deep": {NAME: b"[" * 100_000},
    "a bomb": {NAME: b'{"version": 1, "pad": "' + b" " * 3_000_000 + b'"}'},
    "no entries": altered(entries=[]),
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_artifact_changes_nothing(hub, repo, pull, foreign, host, finished, content):
    run = finished(repro_report=content)
    before = hub.comment(repo, pull.number, "somebody's")
    with pytest.raises(ArtifactUnreadable):
        from_run(host, run, OPTIONS, artifact="repro-report")
    assert [] == of(hub, repo, foreign.number)
    assert [before] == hub.comments(repo, pull.number)
    assert {"GET", "POST"} >= {one.method for one in hub.requests}
    assert not [one for one in hub.requests if one.method == "POST" and one.operation != "graphql"]


def test_one_unreadable_artifact_of_many_is_not_passed_over(foreign, host, finished):
    run = finished(repro_report_a=files(bundle()), repro_report_b=b"x")
    with pytest.raises(ArtifactUnreadable, match="repro-report-b"):
        from_run(host, run, OPTIONS, artifact="repro-report")


def test_more_artifacts_than_a_matrix_can_have_are_refused(hub, repo, foreign, host, finished):
    run = finished()
    for number in range(257):
        hub.artifact(repo, repo.runs[run.id], f"repro-report-{number}", b"x")
    with pytest.raises(ArtifactUnreadable, match="256"):
        from_run(host, run, OPTIONS, artifact="repro-report")


def test_a_report_can_notify_nobody_and_link_nowhere(hub, repo, foreign, host, finished):
    headline = (
        "@octo fixes #1 [x](https://evil.example) <img src=https://evil.example/p.png> `--> | \n\n# Big"
    )
    from_run(
        host,
        finished(repro_report=files(bundle(entry(headline=headline)))),
        OPTIONS,
        artifact="repro-report",
    )
    (made,) = of(hub, repo, foreign.number)
    import cmarkgfm
    from cmarkgfm.cmark import Options

    page = cmarkgfm.github_flavored_markdown_to_html(made.body, options=Options.CMARK_OPT_UNSAFE)
    assert "<img" not in page
    assert 'href="https://evil' not in page
    assert "@octo" not in page.replace("<code>@octo", "")
    assert parse(made.body) is not None
