"""One open issue while a baseline does not reproduce."""

import pytest

from repro_action.sinks.github.issue import LABEL, keep
from repro_action.sinks.github.marker import Marker
from repro_action.sinks.github.port import NotPermitted
from repro_action.sinks.github.upsert import PostOutcome


def marker(run, id="repro"):
    return Marker(id=id, run=run, attempt=1, sha="a" * 40)


def issues(repo):
    return [(one.number, one.state, one.body.partition("\n")[2]) for one in repo.issues.values()]


def test_it_is_opened_updated_closed_and_opened_anew(repo, host, asked):
    assert PostOutcome.SKIPPED is keep(host, marker(1), "T", "fine", failing=False).outcome
    assert ["GET issues/list-for-repo"] == asked()
    assert PostOutcome.CREATED is keep(host, marker(2), "T", "bad", failing=True).outcome
    assert 3 == len(asked())
    assert [LABEL] == repo.issues[1].labels
    assert PostOutcome.UNCHANGED is keep(host, marker(2), "T", "bad", failing=True).outcome
    assert 1 == len(asked())
    assert PostOutcome.UPDATED is keep(host, marker(3), "T", "worse", failing=True).outcome
    assert 3 == len(asked())
    assert PostOutcome.CLOSED is keep(host, marker(4), "T", "fine", failing=False).outcome
    assert 2 == len(asked())
    assert [(1, "closed", "fine")] == issues(repo)
    assert PostOutcome.CREATED is keep(host, marker(5), "T", "bad", failing=True).outcome
    assert [(1, "closed", "fine"), (2, "open", "bad")] == issues(repo)


def test_an_older_run_neither_updates_nor_closes(repo, host):
    keep(host, marker(5), "T", "bad", failing=True)
    assert PostOutcome.SUPERSEDED is keep(host, marker(4), "T", "fine", failing=False).outcome
    assert PostOutcome.SUPERSEDED is keep(host, marker(4), "T", "older", failing=True).outcome
    assert [(1, "open", "bad")] == issues(repo)


def test_somebody_elses_issue_is_left_alone(hub, repo, host):
    hub.issue(repo, "T", user="mallory", body=f"{marker(9).line}\nmine", labels=[LABEL])
    hub.issue(repo, "T", user="github-actions[bot]", body="of another tool", labels=[LABEL])
    assert PostOutcome.SKIPPED is keep(host, marker(1), "T", "fine", failing=False).outcome
    assert PostOutcome.CREATED is keep(host, marker(1), "T", "bad", failing=True).outcome
    assert ["mine", "", "bad"] == [text for _, _, text in issues(repo)]


@pytest.mark.parametrize("kind", ["error", "drop", "truncate", "garbage"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_an_issue_that_nobody_knows_of_is_opened_once(hub, repo, host, kind, when):
    hub.fault(kind, method="POST", path="issues", when=when)
    keep(host, marker(1), "T", "bad", failing=True)
    hub.fault(kind, method="PATCH", path="issues", when=when, count=2)
    keep(host, marker(2), "T", "fine", failing=False)
    assert [(1, "closed", "fine")] == issues(repo)


def test_younger_duplicates_are_closed(hub, repo, host):
    for run in (1, 3, 2):
        hub.issue(repo, "T", user="github-actions[bot]", body=f"{marker(run).line}\n{run}", labels=[LABEL])
    keep(host, marker(2), "T", "2", failing=True)
    assert [(1, "open", "3"), (2, "closed", "3"), (3, "closed", "2")] == issues(repo)


def test_the_permission_is_named(repo, connect):
    with pytest.raises(NotPermitted) as refused:
        keep(connect(repo, token="weak", permissions={"issues": "read"}), marker(1), "T", "x", failing=True)
    assert "  issues: write" in refused.value.remedy
