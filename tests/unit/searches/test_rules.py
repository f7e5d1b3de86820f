"""Which trial is the best, which are trained again, and what a record shows of who asked."""

from __future__ import annotations

import math
import time
from dataclasses import replace

import pytest

from repro_action.config.model import SearchConfig, Step
from repro_action.errors import OutOfTime, ReproError, StepError
from repro_action.probe.trial import out_of_time
from repro_action.readers.searches.record import (
    SearchGoal,
    SearchParam,
    SearchStudy,
    SearchTrial,
    TrialState,
)
from repro_action.searches.asking_order import asking_order
from repro_action.searches.best_trials import FrontTooLarge, best_of, counts, named_by, without_values
from repro_action.searches.chosen_trials import chosen_trials
from repro_action.searches.tasks import replay_task, retrain_task, script_of


def made(number: int, *values: float, state: TrialState = TrialState.COMPLETE, **more) -> SearchTrial:
    params = (SearchParam(name="x", value=float(number), internal=float(number), distribution="{}"),)
    return SearchTrial(number=number, state=state, params=params, values=values, **more)


def study(*trials: SearchTrial, goals: tuple[SearchGoal, ...] = (SearchGoal.MIN,)) -> SearchStudy:
    return SearchStudy(name="s", goals=goals, trials=trials)


def test_the_best_is_by_the_goal_and_equal_ones_share_it():
    trials = (made(0, 2.0), made(1, 1.0), made(2, 1.0), made(3, 5.0))
    assert (1, 2) == best_of(study(*trials))
    assert (3,) == best_of(study(*trials, goals=(SearchGoal.MAX,)))


def test_pruned_failed_infeasible_and_nan_trials_are_never_the_best():
    trials = (
        made(0, 0.0, state=TrialState.PRUNED),
        made(1, state=TrialState.FAILED),
        made(2, math.nan),
        made(3, -1.0, system_attrs={"constraints": [0.5]}),
        made(4, 3.0, system_attrs={"constraints": [0.0]}),
        made(5, math.inf),
        made(6),
    )
    assert (4,) == best_of(study(*trials))
    assert [2, 6] == list(without_values(study(*trials)))
    assert "7 (5 complete, 1 pruned, 1 failed)" == counts(study(*trials))


def test_the_front_of_two_goals_keeps_what_nothing_dominates():
    points = [(1.0, 1.0), (2.0, 2.0), (2.0, 1.0), (0.0, 0.0), (1.0, 1.0), (3.0, math.nan)]
    trials = (made(number, *values) for number, values in enumerate(points))
    assert (0, 1, 3, 4) == best_of(study(*trials, goals=(SearchGoal.MIN, SearchGoal.MAX)))


def test_a_front_of_everything_is_given_up_in_time():
    trials = (made(number, float(number), float(number)) for number in range(2_000))
    begun = time.process_time()
    with pytest.raises(FrontTooLarge):
        best_of(study(*trials, goals=(SearchGoal.MIN, SearchGoal.MAX)))
    assert time.process_time() - begun < 60


def test_a_file_names_a_trial_by_its_parameters():
    record = study(made(0, 2.0), made(1, 1.0))
    assert (1,) == named_by({"x": 1.0}, record)
    assert (1,) == named_by({"best.x": 1.0, "score": 3.0}, record)
    assert () == named_by({"x": 7.0}, record)
    assert () == named_by({"x": 1}, record), "a whole number is not what the search chose"
    assert named_by({"max": 1.0}, record) is None


def test_the_choice_is_the_winner_and_what_follows_from_the_record():
    record = study(*(made(number, float(number)) for number in range(50)))
    chosen = chosen_trials(record, 5, 0)
    assert (0, 5, 5) == (chosen[0], len(chosen), len(set(chosen)))
    assert chosen == chosen_trials(record, 5, 0)
    assert chosen[:3] == chosen_trials(record, 3, 0), "more are more"
    moved = replace(record, trials=(*record.trials[:49], made(49, 49.5)))
    assert chosen != chosen_trials(moved, 5, 0), "any value of the record decides"
    assert 50 == len(chosen_trials(record, 1000, 0))


def timed(number: int, start: float, end: float | None, worker: str = "") -> SearchTrial:
    state = TrialState.RUNNING if end is None else TrialState.COMPLETE
    return replace(made(number, 1.0, state=state), started=start, ended=end, worker=worker)


@pytest.mark.parametrize(
    ("trials", "why"),
    [
        ([timed(0, 0, 1), timed(1, 1, 2)], ""),
        (
            [timed(0, 0, 3), timed(1, 1, 2), timed(2, 4, 5)],
            "two workers asked at the same time from trial 1 on",
        ),
        ([timed(0, 0, 1, "a"), timed(1, 2, 3, "b"), timed(2, 4, 5, "a")], "at the same time from trial 2 on"),
        ([timed(0, 0, 1, "a"), timed(1, 2, 3, "b")], "resumed at trial 1, with a new sampler"),
        ([timed(0, 0, 1), timed(1, 2, None)], "cut off in trial 1"),
    ],
)
def test_times_and_workers_tell_who_asked(trials, why):
    found = asking_order(study(*trials))
    assert why in found.why
    assert bool(found.why) is bool(why)


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (("python", "tune.py", "--x"), ("tune.py", "--x")),
        (("python3", "-u", "-Wignore", "tune.py"), ("tune.py",)),
        (("/opt/py/bin/python3.12", "-m", "pack.tune", "a"), ("pack.tune", "a")),
        (("python", "-c", "import x"), None),
        (("python", "-"), None),
        (("python",), None),
        (("bash", "run.sh"), None),
        (("pythonista", "x.py"), None),
    ],
)
def test_scripts_of_python_are_recognized(command, words):
    found = script_of(command)
    assert words == (found.words if found is not None else None)


HOSTILE = "$(touch /tmp/x); --config=/etc/passwd ../../"


def test_parameters_that_look_like_shell_or_paths_stay_one_word():
    search = SearchConfig(path="out/study.log", trial=("train", "--x={params.x}", "{number}", "{params.no}"))
    step = Step(name="s", run=("make",), inputs=("a", "out/study.log"), outputs=("out/study.log",))
    params = (SearchParam(name="x", value=HOSTILE),)
    trial = SearchTrial(number=3, state=TrialState.COMPLETE, params=params, values=(1.0,))
    task = retrain_task(search, step, study(trial), trial)
    assert task is not None
    assert ("train", f"--x={HOSTILE}", "3", "{params.no}") == task.step.run
    assert "out/study.log" in task.left_out
    assert "out/study.log" not in task.step.inputs


def test_recorded_values_are_not_handed_to_what_trains_again():
    trial = made(0, 0.123456789)
    step = Step(name="s", run=("python", "tune.py"), outputs=("out/study.log",), cwd="code")
    task = retrain_task(SearchConfig(path="out/study.log"), step, study(trial), trial)
    assert task is not None
    assert not any(b"0.123456789" in content for content in task.added.values())
    assert ("python", "../.repro-search/optuna_driver.py", "../.repro-search/task.json") == task.step.run
    again = replay_task(SearchConfig(path="out/study.log"), step, study(trial))
    assert again is not None
    assert any(b"0.123456789" in content for content in again.added.values())
    assert replay_task(SearchConfig(path="x"), replace(step, run=("make",)), study(trial)) is None


def test_a_limit_of_all_time_ends_the_check_and_is_no_failure_of_one_trial():
    late = OutOfTime("the job's `timeout` is over")
    step = StepError("it was stopped")
    step.__cause__ = late
    stopped = ReproError("the run ended")
    stopped.__cause__ = step
    assert late is out_of_time(stopped)
    assert out_of_time(ReproError("it failed")) is None


def test_an_error_that_is_its_own_cause_ends_the_search_for_a_limit() -> None:
    error = ReproError("it failed")
    error.__cause__ = ReproError("because of itself")
    error.__cause__.__cause__ = error
    assert out_of_time(error) is None
