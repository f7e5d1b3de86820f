# SPDX-License-Identifier: Apache-2.0
"""One check a model: what it concludes, and that there is one of each name whatever happens."""

from __future__ import annotations

from dataclasses import replace

import pytest
from publish.bundles import bundle, entry, files, with_report
from publish.conftest import ALL
from publish.staged import scene, writer

from repro_action.action.reports import from_run
from repro_action.compare.config_change import ConfigChange, Strictness
from repro_action.fingerprint import MaterialKind
from repro_action.report.config_changes import ConfigChanges
from repro_action.report.model import Cause, EarlierRun
from repro_action.sinks import Publication
from repro_action.sinks.github.checks import ModelChecks
from repro_action.sinks.github.options import CommentMode, PublishOptions
from repro_action.sinks.github.port import CheckConclusion, NotPermitted
from repro_action.verdict import Verdict

__all__ = ["scene"]

OPTIONS = PublishOptions(
    identity="repro",
    mode=CommentMode.OFF,
    fail_on=frozenset({Verdict.CHANGED, Verdict.DRIFTED, Verdict.FAILED, Verdict.NO_BASELINE}),
    checks=True,
)
RIDGE = Cause(
    kind=MaterialKind.PARAMS,
    name="params.toml: ridge",
    text="params.toml: ridge 1 → 3",
    file="params.toml",
    line=4,
)


@pytest.fixture
def checking(connect, repo, pull):
    host = connect(repo, "checker", permissions={**ALL, "checks": "write"})
    head = host.pull(pull.number)

    def made(found, run=1, attempt=1, **changes):
        sink = ModelChecks(
            connect=lambda: host, options=changes.pop("options", OPTIONS), pull=head, **changes
        )
        return sink.publish(Publication(bundle=found, run=run, attempt=attempt))

    return made


def seen(repo):
    return sorted((one.values["name"], one.values["conclusion"]) for one in repo.checks.values())


def changed(**changes):
    return with_report(entry(Verdict.CHANGED, **changes), causes=(RIDGE,))


@pytest.mark.parametrize(
    ("verdict", "conclusion"),
    [
        (Verdict.REPRODUCED, "success"),
        (Verdict.EQUIVALENT, "neutral"),
        (Verdict.CHANGED, "failure"),
        (Verdict.DRIFTED, "failure"),
        (Verdict.FAILED, "failure"),
        (Verdict.NO_BASELINE, "failure"),
    ],
)
def test_a_verdict_is_a_conclusion(repo, checking, verdict, conclusion):
    checking(bundle(entry(verdict)))
    assert [("repro / wine", conclusion)] == seen(repo)


@pytest.mark.parametrize("verdict", Verdict)
def test_what_does_not_fail_the_job_fails_no_check(verdict):
    options = replace(OPTIONS, fail_on=frozenset())
    sink = ModelChecks(connect=None, options=options)
    success = CheckConclusion.SUCCESS if verdict is Verdict.REPRODUCED else CheckConclusion.NEUTRAL
    assert success is sink.conclusion(entry(verdict))
    strict = ModelChecks(connect=None, options=replace(OPTIONS, fail_on=frozenset({verdict})))
    assert CheckConclusion.FAILURE is strict.conclusion(entry(verdict))


def test_weaker_rules_fail_a_check_where_they_fail_the_job():
    setting = ConfigChange(setting="sandbox.network", before=False, after=True, strictness=Strictness.WEAKER)
    weak = with_report(
        entry(Verdict.REPRODUCED), config_changes=ConfigChanges(base="main", settings=(setting,))
    )
    strict = replace(OPTIONS, fail_on_weakened=True)
    assert CheckConclusion.SUCCESS is ModelChecks(connect=None, options=OPTIONS).conclusion(weak)
    assert CheckConclusion.FAILURE is ModelChecks(connect=None, options=strict).conclusion(weak)


def test_a_fork_can_make_no_check_succeed(hub, repo, fork, foreign, connect):
    host = connect(repo, "checker", permissions={**ALL, "checks": "write"})
    run = hub.run(repo, fork.branches["evil"], head_branch="evil", head_repo=fork)
    hub.artifact(repo, run, "repro-report", files(bundle(entry(Verdict.REPRODUCED))))
    from_run(host, host.run(run.id), replace(OPTIONS, checks=False), artifact="repro-report")
    assert [] == seen(repo)
    from_run(host, host.run(run.id), OPTIONS, artifact="repro-report")
    assert [] == hub.comments(repo, foreign.number)  # `comment: off`
    (check,) = repo.checks.values()
    assert ("neutral", foreign.pull.head_sha) == (check.values["conclusion"], check.values["head_sha"])
    assert "a workflow that this pull request controls" in check.values["output"]["summary"]


@pytest.mark.parametrize("conclusion", ["success", "failure"])
def test_a_run_without_a_report_makes_no_check(hub, repo, pull, connect, conclusion):
    host = connect(repo, "checker", permissions={**ALL, "checks": "write"})
    run = hub.run(repo, pull.pull.head_sha, conclusion=conclusion)
    from_run(host, host.run(run.id), OPTIONS, artifact="repro-report")
    assert ([], []) == (seen(repo), hub.comments(repo, pull.number))


def test_a_check_says_what_the_comment_says_at_the_head_of_the_pull_request(hub, repo, pull, checking):
    checking(bundle(changed()))
    (check,) = repo.checks.values()
    output = check.values["output"]
    assert pull.pull.head_sha == check.values["head_sha"]
    assert "changed: ridge 1 → 3" == output["title"]
    assert output["summary"].startswith("## ❌ `wine` changed: ridge 1 → 3\n")


def test_remarks_are_at_their_lines_unless_the_runner_shows_them(repo, checking):
    checking(bundle(entry(Verdict.NO_BASELINE)))
    (check,) = repo.checks.values()
    assert [("repro.toml", 1, 1, "notice", "wine: no baseline")] == [
        tuple(one[name] for name in ("path", "start_line", "end_line", "annotation_level", "title"))
        for one in check.annotations
    ]
    checking(bundle(entry(Verdict.NO_BASELINE, config="b/repro.toml"), entry()), annotated=True)
    assert 1 == sum(len(one.annotations) for one in repo.checks.values())


def test_a_result_that_was_not_trained_is_called_so(repo, checking):
    earlier = EarlierRun(run=4711, date="2026-01-01", commit="a" * 40)
    checking(bundle(with_report(entry(Verdict.REPRODUCED), verified_in=earlier)))
    (check,) = repo.checks.values()
    title = "reproduced, not trained here; verified in run 4711 on 2026-01-01"
    assert title == check.values["output"]["title"]


def test_a_check_is_brought_up_to_date_and_its_remarks_are_not_doubled(repo, checking, asked):
    checking(bundle(entry(Verdict.NO_BASELINE)), run=1)
    asked()
    checking(bundle(entry(Verdict.NO_BASELINE)), run=2)
    assert ["GET checks/list-for-ref", "PATCH checks/update"] == asked()
    checking(bundle(entry(Verdict.REPRODUCED)), run=2, attempt=2)
    assert [("repro / wine", "success")] == seen(repo)
    (check,) = repo.checks.values()
    assert 1 == len(check.annotations)


def test_a_late_run_leaves_the_check_of_a_newer_one(repo, checking):
    checking(bundle(entry(Verdict.REPRODUCED)), run=5)
    checking(bundle(changed()), run=4)
    assert [("repro / wine", "success")] == seen(repo)


@pytest.mark.parametrize("when", ["before", "after"])
def test_an_answer_that_was_lost_makes_no_second_check(hub, repo, checking, when):
    hub.fault("bad_gateway", method="POST", path="/check-runs$", when=when)
    if when == "after":
        checking(bundle(changed()))
        assert [("repro / wine", "failure")] == seen(repo)
    else:
        with pytest.raises(Exception, match="writing a check"):
            checking(bundle(changed()))
        assert [] == seen(repo)


def test_checks_of_others_are_left_alone(repo, checking, connect, pull):
    host = connect(repo, "checker", permissions={**ALL, "checks": "write"})
    sink = ModelChecks(connect=lambda: host, options=OPTIONS, pull=host.pull(pull.number))
    (mine,) = sink.contents(Publication(bundle=bundle(changed())))
    host.create_check(pull.pull.head_sha, replace(mine, external_id="of another"))
    checking(bundle(entry(Verdict.REPRODUCED)))
    assert [("repro / wine", "failure"), ("repro / wine", "success")] == seen(repo)


def test_models_of_one_name_have_checks_of_their_own_names(repo, checking):
    checking(bundle(entry(config="a/repro.toml"), entry(config="b/repro.toml")))
    assert ["repro / wine (a/repro.toml)", "repro / wine (b/repro.toml)"] == [name for name, _ in seen(repo)]


def test_without_the_permission_it_is_named(connect, repo, pull):
    host = connect(repo, "poor", permissions={"pull_requests": "write", "checks": "read"})
    sink = ModelChecks(connect=lambda: host, options=OPTIONS, pull=host.pull(pull.number))
    with pytest.raises(NotPermitted) as caught:
        sink.publish(Publication(bundle=bundle()))
    assert "write" == caught.value.permissions["checks"]


def test_a_job_without_the_permission_goes_on_and_one_with_it_writes_the_check(scene, hub):
    writer(hub)
    payload = scene.pull()
    status, _, log, summary = scene.stages("pull_request", payload, checks="true", fail_on="failed")
    assert 0 == status
    assert "checks: write" in log
    assert "**Not checked.**" in summary
    hub.token("able", permissions={"pull_requests": "write", "checks": "write"})
    _, outputs, _, _ = scene.stages(
        "pull_request", payload, checks="true", token="able", only=("publish",), fail_on="failed"
    )
    assert [("repro / tiny", "neutral")] == seen(scene.repo)
    assert "/issues/" in outputs["comment-url"] or "#issuecomment" in outputs["comment-url"]
    (check,) = scene.repo.checks.values()
    assert payload["pull_request"]["head"]["sha"] == check.values["head_sha"]
    assert [] == check.annotations  # the runner shows its own at the lines already
