"""One comment of an id and author: what it costs, what it survives."""

import pytest

from repro_action.sinks.github.marker import Marker, parse
from repro_action.sinks.github.port import CodeHostError, Missing, NotPermitted, Uncertain
from repro_action.sinks.github.upsert import PostOutcome, find, post

SHA = "a" * 40
LIST, VIEWER = "GET issues/list-comments", "POST graphql"
CREATE, UPDATE, DELETE = (
    "POST issues/create-comment",
    "PATCH issues/update-comment",
    "DELETE issues/delete-comment",
)


def marker(run=1, attempt=1, id="repro", sha=SHA):
    return Marker(id=id, run=run, attempt=attempt, sha=sha)


def bodies(hub, repo, pull):
    return [one.body for one in hub.comments(repo, pull.number)]


def test_a_first_comment_costs_three_requests(hub, repo, pull, host, asked):
    posted = post(host, pull.number, marker(), "hello")
    assert (PostOutcome.CREATED, 0) == (posted.outcome, posted.removed)
    assert posted.url.endswith(f"#issuecomment-{hub.comments(repo, pull.number)[0].id}")
    assert [LIST, CREATE, LIST] == asked()
    assert [f"{marker().line}\nhello"] == bodies(hub, repo, pull)


def test_an_unchanged_comment_costs_two_requests_and_no_write(hub, pull, repo, connect, asked):
    post(connect(repo), pull.number, marker(), "hello")
    asked()
    assert PostOutcome.UNCHANGED is post(connect(repo), pull.number, marker(), "hello\r\n").outcome
    assert [LIST, VIEWER] == asked()


def test_a_changed_comment_costs_four_requests(hub, pull, repo, connect, asked):
    post(connect(repo), pull.number, marker(1), "hello")
    asked()
    assert PostOutcome.UPDATED is post(connect(repo), pull.number, marker(2), "goodbye").outcome
    assert [LIST, VIEWER, UPDATE, LIST] == asked()
    assert [f"{marker(2).line}\ngoodbye"] == bodies(hub, repo, pull)


def test_another_run_that_tells_the_same_of_the_same_commit_costs_three_requests(
    hub, pull, repo, connect, asked
):
    text = "hello [run](https://github.com/octo/model/actions/runs/{})"
    post(connect(repo), pull.number, marker(1), text.format(1))
    asked()
    assert PostOutcome.UPDATED is post(connect(repo), pull.number, marker(2), text.format(2)).outcome
    assert [LIST, VIEWER, UPDATE] == asked()
    assert [f"{marker(2).line}\n{text.format(2)}"] == bodies(hub, repo, pull)
    post(connect(repo), pull.number, marker(3, sha="b" * 40), text.format(3))
    assert [LIST, VIEWER, UPDATE, LIST] == asked(), "of another commit it is made sure"


def test_the_same_words_of_a_newer_run_are_written_so_that_it_can_be_found(hub, pull, repo, host):
    post(host, pull.number, marker(1), "hello")
    assert PostOutcome.UPDATED is post(host, pull.number, marker(2), "hello").outcome
    assert (2, 1) == find(host, pull.number, "repro")[0].age


def test_an_older_run_never_overwrites_a_newer_one(hub, pull, repo, connect, asked):
    post(connect(repo), pull.number, marker(7, 2), "new")
    asked()
    for older in (marker(7, 1), marker(3, 9)):
        assert PostOutcome.SUPERSEDED is post(connect(repo), pull.number, older, "old").outcome
    assert [LIST, VIEWER, LIST, VIEWER] == asked()
    assert [f"{marker(7, 2).line}\nnew"] == bodies(hub, repo, pull)


def test_none_is_made_where_none_is_wanted_but_one_that_stands_is_kept_up_to_date(
    hub, pull, repo, host, asked
):
    assert PostOutcome.SKIPPED is post(host, pull.number, marker(1), "hello", create=False).outcome
    assert [LIST] == asked()
    post(host, pull.number, marker(1), "red")
    assert PostOutcome.UPDATED is post(host, pull.number, marker(2), "green", create=False).outcome
    assert [f"{marker(2).line}\ngreen"] == bodies(hub, repo, pull)


def test_several_ids_live_side_by_side(hub, pull, repo, host):
    post(host, pull.number, marker(id="one"), "1")
    post(host, pull.number, marker(id="two"), "2")
    post(host, pull.number, marker(2, id="one"), "11")
    assert [f"{marker(2, id='one').line}\n11", f"{marker(id='two').line}\n2"] == bodies(hub, repo, pull)


def test_somebody_elses_comment_with_our_marker_is_left_alone(hub, pull, repo, host):
    hub.comment(repo, pull.number, f"{marker(9).line}\nmine", user="mallory")
    assert PostOutcome.CREATED is post(host, pull.number, marker(1), "ours").outcome
    assert [f"{marker(9).line}\nmine", f"{marker(1).line}\nours"] == bodies(hub, repo, pull)


def test_a_marker_that_is_not_on_the_first_line_is_none(hub, pull, repo, host):
    hub.comment(repo, pull.number, f"quoting\n{marker(9).line}")
    assert PostOutcome.CREATED is post(host, pull.number, marker(1), "ours").outcome
    assert 2 == len(bodies(hub, repo, pull))


def test_who_we_are_is_not_asked_where_no_comment_is_marked(hub, pull, repo, host, asked):
    hub.comment(repo, pull.number, "chat", user="alice")
    post(host, pull.number, marker(), "hello", create=False)
    assert [LIST] == asked()


def test_a_comment_beyond_the_first_pages_is_found(hub, pull, repo, host, asked):
    for number in range(230):
        hub.comment(repo, pull.number, f"chat {number}", user="alice")
    mine = hub.comment(repo, pull.number, f"{marker(1).line}\nold")
    assert PostOutcome.UPDATED is post(host, pull.number, marker(2), "new").outcome
    assert f"{marker(2).line}\nnew" == mine.body
    assert [LIST] * 3 + [VIEWER, UPDATE] + [LIST] * 3 == asked()


def test_younger_duplicates_are_removed_and_the_oldest_shows_the_newest(hub, pull, repo, host, asked):
    first = hub.comment(repo, pull.number, f"{marker(3).line}\n3")
    hub.comment(repo, pull.number, f"{marker(5).line}\n5")
    hub.comment(repo, pull.number, f"{marker(4).line}\n4")
    posted = post(host, pull.number, marker(2), "2")
    assert (PostOutcome.UPDATED, 2) == (posted.outcome, posted.removed)
    assert [LIST, VIEWER, UPDATE, DELETE, DELETE, LIST] == asked()
    assert [(first.id, f"{marker(5).line}\n5")] == [
        (one.id, one.body) for one in hub.comments(repo, pull.number)
    ]


@pytest.mark.parametrize("kind", ["error", "bad_gateway", "unavailable", "drop"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_create_that_nobody_knows_of_makes_one_comment(hub, pull, repo, host, kind, when):
    hub.fault(kind, method="POST", path="comments", when=when)
    assert PostOutcome.CREATED is post(host, pull.number, marker(), "hello").outcome
    assert [f"{marker().line}\nhello"] == bodies(hub, repo, pull)


@pytest.mark.parametrize("kind", ["truncate", "garbage"])
def test_a_create_whose_answer_is_broken_makes_one_comment(hub, pull, repo, host, kind, asked):
    hub.fault(kind, method="POST", path="comments")
    post(host, pull.number, marker(), "hello")
    assert [LIST, CREATE, LIST, VIEWER] == asked()
    assert 1 == len(bodies(hub, repo, pull))


@pytest.mark.parametrize("kind", ["error", "drop", "truncate", "garbage", "secondary", "too_many", "primary"])
@pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "DELETE"])
def test_two_faults_of_a_kind_are_survived(hub, pull, repo, host, kind, method, waits):
    hub.comment(repo, pull.number, f"{marker(1).line}\n1")
    hub.comment(repo, pull.number, f"{marker(1).line}\nduplicate")
    hub.fault(kind, method=method, count=2, seconds=5, when="after")
    post(host, pull.number, marker(2), "2")
    assert [f"{marker(2).line}\n2"] == bodies(hub, repo, pull)
    assert sum(waits) <= 20


def test_a_comment_that_was_removed_meanwhile_is_written_anew(hub, pull, repo, host):
    gone = hub.comment(repo, pull.number, f"{marker(1).line}\n1")
    real = host.update_comment

    def removed_first(comment, body):
        repo.comments.pop(gone.id, None)
        return real(comment, body)

    host.update_comment = removed_first
    assert PostOutcome.CREATED is post(host, pull.number, marker(2), "2").outcome
    assert [f"{marker(2).line}\n2"] == bodies(hub, repo, pull)


def test_what_an_older_run_overwrote_between_is_mended(hub, pull, repo, host):
    result = hub.comment(repo, pull.number, f"{marker(1).line}\n1")
    real, late = host.update_comment, [f"{marker(2).line}\nlate"]

    def overtaken(comment, body):
        made = real(comment, body)
        if late:
            result.body = late.pop()
        return made

    host.update_comment = overtaken
    post(host, pull.number, marker(3), "3")
    assert f"{marker(3).line}\n3" == result.body


def test_publishers_of_one_attempt_do_not_fight(hub, pull, repo, host):
    result = hub.comment(repo, pull.number, f"{marker(1).line}\n1")
    real = host.update_comment

    def other_job_too(comment, body):
        made = real(comment, body)
        result.body = f"{marker(2).line}\nthe other job"
        return made

    host.update_comment = other_job_too
    assert PostOutcome.UPDATED is post(host, pull.number, marker(2), "this job").outcome
    assert f"{marker(2).line}\nthe other job" == result.body


def test_a_write_that_never_gets_an_answer_is_an_error(hub, pull, repo, host):
    hub.fault("error", method="POST", path="comments", count=99)
    with pytest.raises(Uncertain):
        post(host, pull.number, marker(), "hello")
    assert [] == bodies(hub, repo, pull)


def test_a_token_that_may_not_comment_is_shown_what_to_add(hub, pull, repo, connect):
    host = connect(repo, token="readonly", permissions={"pull_requests": "read", "contents": "read"})
    with pytest.raises(NotPermitted) as refused:
        post(host, pull.number, marker(), "hello")
    assert "permissions:\n  contents: read\n  pull-requests: write" in refused.value.remedy


def test_a_body_beyond_githubs_bound_is_an_error_that_says_so(pull, host):
    with pytest.raises(CodeHostError, match="422") as refused:
        post(host, pull.number, marker(), "x" * 70_000)
    assert "65536" in refused.value.why


def test_a_pull_request_that_is_not_there_is_missing(hub, repo, host):
    with pytest.raises(Missing):
        post(host, 4711, marker(), "hello")


def test_the_marker_is_replaced_where_the_body_brings_one(hub, pull, repo, host):
    post(host, pull.number, marker(2), f"{marker(1).line}\ntext")
    assert [f"{marker(2).line}\ntext"] == bodies(hub, repo, pull)
    assert marker(2) == parse(bodies(hub, repo, pull)[0])
