"""Randomized sequences of pushes while GitHub fails at random: no duplicate, no lost update.

A sequence publishes runs in order, each request meeting any kind of fault, carried out or not.
After every publish that returned, there is one comment of ours and it shows that run or a newer
one; a publish that could not make sure of that raised.
`REPRO_FAULT_SEQUENCES` sets another number of sequences than 500.
"""

import os
import random
import threading

import pytest

from repro_action.sinks.github.adapter import GitHub
from repro_action.sinks.github.marker import Marker, parse
from repro_action.sinks.github.port import CodeHostError
from repro_action.sinks.github.retry import RetryBounds
from repro_action.sinks.github.upsert import PostOutcome, post

SEQUENCES = int(os.environ.get("REPRO_FAULT_SEQUENCES", "500"))
PARTS = 10
RACES = max(SEQUENCES // 10, 20)


def marker(run):
    return Marker(id="repro", run=run, attempt=1, sha=f"{run:040x}")


def forge_of(hub, repo):
    return GitHub(
        repo.full_name, token="t", api_url=hub.url, timeout=5, bounds=RetryBounds(sleep=lambda seconds: None)
    )


def ours(hub, repo, number):
    """Return runs that our comments show; the stranger's do not count."""
    mine = (one for one in hub.comments(repo, number) if one.user == "github-actions[bot]")
    return [parse(one.body).run for one in mine]


def world(hub):
    hub.token("t", permissions={"pull_requests": "write"})
    repo = hub.repository("octo/model")
    hub.commit(repo, "topic", {"train.py": b"x"})
    return repo


def pull_with_company(hub, repo, rng):
    """Return a pull request on which others talk, some of them with our marker."""
    number = hub.pull(repo, "topic", user="alice").number
    for _ in range(rng.choice((0, 0, 1, 2))):
        text = rng.choice(("chat", f"{marker(10**9).line}\nnot ours"))
        hub.comment(repo, number, text, user="mallory")
    return number


@pytest.mark.parametrize("part", range(PARTS))
def test_sequences_of_pushes_lose_and_double_nothing(hub, part):
    repo = world(hub)
    returned = faults = 0
    for seed in range(part, SEQUENCES, PARTS):
        rng = random.Random(seed)
        number = pull_with_company(hub, repo, rng)
        newest = 0
        runs = sorted(rng.sample(range(1, 50), rng.randint(2, 4)))
        if rng.random() < 0.3:
            rng.shuffle(runs)
        before = len(hub.requests)
        for run in runs:
            hub.random_faults(rng, rng.choice((0.1, 0.3, 0.5)), seconds=rng.choice((0, 1, 30)))
            try:
                posted = post(forge_of(hub, repo), number, marker(run), f"report of {run}")
            except CodeHostError:
                pass  # it may have been written all the same: whoever looks next sees it
            else:
                returned += 1
                newest = max(newest, run)
                shown = ours(hub, repo, number)
                assert 1 == len(shown), f"seed {seed}: {shown}"
                assert newest <= shown[0], f"seed {seed}: the update of {newest} is lost to {shown[0]}"
                assert posted.outcome is not PostOutcome.SKIPPED
            finally:
                hub.no_faults()
        faults += sum(one.fault is not None for one in hub.requests[before:])
        shown = ours(hub, repo, number)
        assert len(shown) <= 1, f"seed {seed}: {shown}"
        assert not newest or newest <= shown[0]
        post(forge_of(hub, repo), number, marker(100), "the last one")
        assert [100] == ours(hub, repo, number)
    assert faults > 0, "no fault was met"
    assert returned > 0, "nothing was ever published"


def test_two_first_publishers_at_once_leave_one_comment_of_the_newer_run(hub):
    repo = world(hub)
    for seed in range(RACES):
        number = pull_with_company(hub, repo, random.Random(seed))
        race(hub, repo, number, [1, 2] if seed % 2 else [2, 1])
        assert [2] == ours(hub, repo, number), f"seed {seed}"


def test_many_publishers_at_once_leave_one_comment_and_the_next_run_wins(hub):
    """Here an older run can win, as `sticky` says; a duplicate cannot stay, and the next run heals it."""
    repo = world(hub)
    for seed in range(RACES // 2):
        number = pull_with_company(hub, repo, random.Random(seed))
        race(hub, repo, number, random.Random(seed).sample(range(1, 6), 5))
        assert 1 == len(ours(hub, repo, number)), f"seed {seed}"
        post(forge_of(hub, repo), number, marker(9), "the next one")
        assert [9] == ours(hub, repo, number)


def race(hub, repo, number, runs):
    start = threading.Barrier(len(runs))
    failures = []

    def publish(run):
        host = forge_of(hub, repo)
        start.wait()
        try:
            post(host, number, marker(run), f"report of {run}")
        except CodeHostError as error:
            failures.append(error)

    threads = [threading.Thread(target=publish, args=(run,)) for run in runs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [] == failures
