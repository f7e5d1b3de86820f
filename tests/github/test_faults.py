"""Each fault does to a request what it says, once, and the log tells."""

from __future__ import annotations

import http.client
import random
import threading
import time

import pytest
from loopback.asking import ask
from loopback.faults import KINDS
from work import eventually
from world import HOME

COMMENTS = f"{HOME}/issues/1/comments"


def say(hub):
    return ask(hub, "POST", COMMENTS, {"body": "x"})


def count(hub, world) -> int:
    return len(hub.comments(world.repo, 1))


@pytest.mark.parametrize(
    ("kind", "status", "message"),
    [
        ("forbidden", 403, "Resource not accessible by integration"),
        ("not_found", 404, "Not Found"),
        ("invalid", 422, "Validation Failed"),
        ("too_many", 429, "secondary rate limit"),
        ("secondary", 403, "secondary rate limit"),
        ("primary", 403, "API rate limit exceeded"),
        ("bad_gateway", 502, "Server Error"),
    ],
)
def test_a_refusal_has_githubs_words_and_no_effect(hub, world, kind, status, message):
    hub.fault(kind)
    reply = say(hub)
    assert (status, 0) == (reply.status, count(hub, world))
    assert message in reply.body["message"]
    assert 201 == say(hub).status


def test_a_secondary_limit_says_how_long_to_wait(hub, world):
    hub.fault("secondary", seconds=7)
    assert "7" == say(hub).headers["retry-after"]


def test_a_primary_limit_says_when_it_ends(hub, world):
    hub.fault("primary", seconds=60)
    headers = say(hub).headers
    assert "0" == headers["x-ratelimit-remaining"]
    assert 0 < int(headers["x-ratelimit-reset"]) - time.time() <= 60


@pytest.mark.parametrize("kind", ["error", "bad_gateway", "unavailable"])
@pytest.mark.parametrize(("when", "written"), [("before", 0), ("after", 1)])
def test_a_server_error_comes_before_or_after_the_write(hub, world, kind, when, written):
    hub.fault(kind, when=when)
    assert say(hub).status >= 500
    assert written == count(hub, world)


@pytest.mark.parametrize(("when", "written"), [("before", 0), ("after", 1)])
def test_a_connection_is_dropped_before_or_after_the_write(hub, world, when, written):
    hub.fault("drop", when=when)
    with pytest.raises((ConnectionError, http.client.RemoteDisconnected)):
        say(hub)
    assert (written, 0, f"drop {when}") == (
        count(hub, world),
        hub.requests[-1].status,
        hub.requests[-1].fault,
    )


def test_a_truncated_body_is_shorter_than_its_header_says(hub, world):
    hub.fault("truncate")
    with pytest.raises(http.client.IncompleteRead):
        say(hub)
    assert 1 == count(hub, world)


def test_garbage_is_no_json(hub, world):
    hub.fault("garbage")
    reply = say(hub)
    with pytest.raises(ValueError):
        _ = reply.body
    assert (200, 1) == (reply.status, count(hub, world))


@pytest.mark.parametrize(("when", "at_once"), [("before", 0), ("after", 1)])
def test_a_slow_answer_outlasts_the_client_and_is_carried_out(hub, world, when, at_once):
    hub.fault("slow", when=when, seconds=3)
    with pytest.raises(TimeoutError):
        ask(hub, "POST", COMMENTS, {"body": "x"}, timeout=1)
    assert at_once == count(hub, world)
    assert eventually(lambda: count(hub, world))
    assert 1 == count(hub, world)


def test_a_fault_waits_for_its_method_and_path_and_counts(hub, world):
    fault = hub.fault("error", method="POST", path=r"/comments$", count=2)
    assert [200, 500, 500, 201] == [ask(hub, "GET", COMMENTS).status, *(say(hub).status for _ in range(3))]
    assert (0, 2) == (fault.count, fault.hits)


def test_what_breaks_the_description_is_a_violation_under_a_fault_too(hub, world):
    hub.fault("drop")
    ask(hub, "POST", COMMENTS, {"bodi": "x"})
    assert hub.violations
    hub.violations.clear()


def drawn(hub) -> list[str | None]:
    del hub.requests[:]
    for _ in range(40):
        try:
            say(hub)
        except (OSError, http.client.HTTPException):
            continue
    return [one.fault for one in hub.requests]


def test_random_faults_are_those_of_the_seed(hub, world):
    hub.random_faults(random.Random(3), 0.5)
    first = drawn(hub)
    hub.random_faults(random.Random(3), 0.5)
    assert first == drawn(hub)
    assert 5 < len([one for one in first if one]) < 35


def test_random_faults_end_at_the_limit(hub, world):
    hub.random_faults(random.Random(3), 1, limit=2, kinds=["error"])
    assert ["error", "error", None] == [(one or "").partition(" ")[0] or None for one in drawn(hub)[:3]]
    hub.random_faults(random.Random(3), 1)
    hub.no_faults()
    assert 201 == say(hub).status


def test_the_slow_fault_is_never_drawn_unasked():
    assert "slow" not in KINDS


def test_writes_from_many_threads_are_all_kept(hub, world):
    threads = [threading.Thread(target=lambda: [say(hub) for _ in range(5)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 40 == count(hub, world) == len({one.id for one in hub.comments(world.repo, 1)})
