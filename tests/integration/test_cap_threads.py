# SPDX-License-Identifier: Apache-2.0
"""With `cap_threads` a program gets no more threads from a library than the profile has."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from repro_action.determinism.attach import hook_variables
from repro_action.determinism.read import read_reports
from repro_action.runs.observed import capped

FOREST = """
import json, joblib, threading
from sklearn.ensemble import RandomForestRegressor
forest = RandomForestRegressor(n_estimators=3, n_jobs={jobs}, random_state=1).fit([[0.0], [1.0]], [0.0, 1.0])
names = joblib.Parallel(n_jobs={jobs}, backend="threading")(
    joblib.delayed(lambda: threading.current_thread() is threading.main_thread())() for _ in range(4)
)
print(json.dumps([joblib.effective_n_jobs({jobs}), all(names), forest.predict([[0.5]]).tolist()]))
"""
GENSIM = """
class Word2Vec:
    def __init__(self, sentences=None, size=5, workers=3):
        self.workers = workers
"""
OPTUNA = """
class Study:
    def optimize(self, objective, n_trials=None, timeout=None, n_jobs=1):
        return n_jobs
"""


def ended(folder: Path, code: str, *, cap: int, **more: str) -> tuple[object, dict[str, int]]:
    reports = folder / "reports"
    reports.mkdir(parents=True)
    hook = hook_variables(
        folder=reports, root=folder, seed=1, cap_threads=cap, pythonpath=more.pop("PYTHONPATH", "")
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **hook, **more},
        capture_output=True,
        text=True,
        check=True,
    )
    found = read_reports(reports)
    assert [] == [error for report in found for error in report.errors]
    return json.loads(done.stdout), capped({"train": found})


@pytest.mark.parametrize("jobs", [3, -1])
def test_joblib_gives_a_program_no_more_than_the_limit(tmp_path: Path, jobs: int) -> None:
    pytest.importorskip("sklearn")
    code = FOREST.format(jobs=jobs)
    # Libraries that count the cores count those that are told, or those that there are.
    (wanted, _, _), _ = ended(tmp_path / "free", code, cap=0, LOKY_MAX_CPU_COUNT="3")
    assert jobs in (wanted, -1)
    (threads, alone, _), asked = ended(tmp_path / "capped", code, cap=1, LOKY_MAX_CPU_COUNT="3")
    assert (1, True) == (threads, alone)
    assert ({"joblib": wanted} if wanted > 1 else {}) == asked


def test_without_the_setting_a_program_gets_what_it_asks_for(tmp_path: Path) -> None:
    pytest.importorskip("sklearn")
    (threads, alone, _), asked = ended(tmp_path, FOREST.format(jobs=3), cap=0)
    assert (3, False, {}) == (threads, alone, asked)


def test_a_number_within_the_limit_is_left_alone(tmp_path: Path) -> None:
    pytest.importorskip("sklearn")
    (threads, _, _), asked = ended(tmp_path, FOREST.format(jobs=2), cap=2)
    assert (2, {}) == (threads, asked)


def test_parameters_of_other_libraries_are_bounded_by_name_and_by_place(tmp_path: Path) -> None:
    for name, text in (("gensim/models/word2vec.py", GENSIM), ("optuna/study/study.py", OPTUNA)):
        (tmp_path / "lib" / name).parent.mkdir(parents=True)
        (tmp_path / "lib" / name).write_text(text)
    code = (
        "import json; from gensim.models.word2vec import Word2Vec; from optuna.study.study import Study\n"
        "print(json.dumps([Word2Vec().workers, Word2Vec(None, 5, 8).workers, Word2Vec(workers=1).workers,\n"
        "    Study().optimize(None), Study().optimize(None, n_jobs=-1)]))"
    )
    given, asked = ended(tmp_path, code, cap=1, PYTHONPATH=str(tmp_path / "lib"))
    assert [1, 1, 1, 1, 1] == given
    assert {"gensim": 8, "optuna": -1} == asked
