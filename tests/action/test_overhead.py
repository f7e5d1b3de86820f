"""What the action costs beside training."""

import sys
import time

from e2e.project import repro

GOAL = 3.0
"""Seconds of overhead, warm, on an idle machine."""


def test_the_action_costs_little_beside_training(scene, capsys):
    scene.start(baseline=True)
    scene.branch("topic")
    scene.push("topic")
    issue = scene.pull("topic")
    assert scene.on_pull_request(issue).green, "warms the caches"
    rounds = []
    for _ in range(2):
        started = time.perf_counter()
        assert repro(scene.work, "verify", "-q").status == 0
        alone = time.perf_counter() - started
        acted = scene.on_pull_request(issue)
        assert acted.green, acted.why
        stages = {name: acted.stage(name).seconds for name in ("look", "run", "tell")}
        rounds.append((acted.seconds - alone, acted.seconds, alone, stages))
    over, whole, alone, stages = min(rounds, key=lambda one: one[0])
    with capsys.disabled():
        told_stages = ", ".join(f"{name} {seconds:.2f} s" for name, seconds in stages.items())
        sys.stdout.write(
            f"\naction: {over:.2f} s beside training ({whole:.2f} s; repro verify {alone:.2f} s; {told_stages})\n"
        )
    # Others may share this machine: a multiple of the goal is a bug, not noise.
    assert over < 3 * GOAL
