"""The tables of planted scripts are sound, and `repro probe` sees through a handful of them.

All of them are probed by `python bench/planted.py`.
"""

import ast
import hashlib
from collections import Counter

import numpy as np
import pytest
from e2e.planted import HERE, MARK, METRICS, Probed, config, make, probe
from e2e.planted_clean import CLEAN
from e2e.planted_data import DATA
from e2e.planted_guilty import GUILTY

from repro_action.config.load import parse
from repro_action.probe.variations.names import NAMES
from repro_action.runs.plan import make_plan

SCRIPTS = (*GUILTY, *CLEAN)
BY_NAME = {script.name: script for script in SCRIPTS}
EACH = pytest.mark.parametrize("script", SCRIPTS, ids=list(BY_NAME))
GUILTY_ONES = (
    "float_sum_over_set",
    "cpu_count_chunks",
    "finalizer_flush",
    "first_duplicate_wins",
    "own_random",
    "path_seed",
)
CLEAN_ONES = ("threads_by_index", "archive_times")
DATA_DIGEST = "166d4c35"


def test_there_are_enough_scripts():
    assert len(GUILTY) >= 34
    assert len(CLEAN) >= 20
    assert 2 * sum(script.subtle for script in GUILTY) >= len(GUILTY) - 1


def test_names_are_unique():
    assert [name for name, count in Counter(script.name for script in SCRIPTS).items() if count > 1] == []


def test_every_script_has_a_row():
    found = {path.stem for folder in ("guilty", "clean") for path in (HERE / folder).iterdir()}
    assert set(BY_NAME) == found - {"__pycache__"}


def test_every_variation_is_guilty_somewhere():
    assert set(NAMES) == {name for script in GUILTY for name in script.guilty}


def test_every_variation_is_the_best_answer_somewhere():
    # What depends on the seed that repro sets is kept stable by it: `tests/unit/report/build/test_seed_notices.py`.
    assert set(NAMES) - {"seed"} == {script.guilty[0] for script in GUILTY}


def test_only_guilty_scripts_are_marked():
    assert [script.name for script in SCRIPTS if bool(script.guilty) != bool(script.lines)] == []
    assert [script.name for script in CLEAN if script.pinned] == []


def test_marks_stand_where_code_begins():
    """A formatter that breaks a line leaves its mark behind the closing bracket, where nothing is."""
    begun = {
        (script.name, file, node.lineno)
        for script in GUILTY
        for file, text in script.files.items()
        for node in ast.walk(ast.parse(text))
        if hasattr(node, "lineno")
    }
    marked = {(script.name, file, line) for script in GUILTY for file, line in script.lines}
    assert set() == marked - begun


def test_scripts_are_as_long_as_people_write_them():
    counts = {
        script.name: sum(bool(line.strip()) for text in script.files.values() for line in text.splitlines())
        for script in SCRIPTS
    }
    assert {name: count for name, count in counts.items() if not 18 <= count <= 65} == {}


@EACH
def test_projects_are_sound(script, tmp_path):
    root = make(script, tmp_path / "project")
    for name, text in script.files.items():
        made = (root / name).read_text(encoding="utf-8")
        assert MARK not in made
        assert len(text.splitlines()) == len(made.splitlines())
        ast.parse(made)
    loaded = parse((root / "repro.toml").read_text(encoding="utf-8"), root / "repro.toml")
    plan = make_plan(loaded)
    assert loaded == config(script, root)
    assert METRICS in plan.outputs
    assert len(plan.outputs) >= 2
    assert any(name.startswith("data/") for item in plan.inputs.values() for name in item.code)


def test_data_is_the_same_everywhere(tmp_path):
    for name, write in DATA.items():
        write(tmp_path / name)
    seen = hashlib.sha256()
    for path in sorted(path for path in tmp_path.rglob("*") if path.suffix in {".csv", ".txt"}):
        seen.update(path.relative_to(tmp_path).as_posix().encode() + b"\0" + path.read_bytes())
    with np.load(tmp_path / "points.npz") as points:
        seen.update(points["x"].tobytes() + points["y"].tobytes())
    assert seen.hexdigest()[:8] == DATA_DIGEST


def answer(*findings, script, status=1):
    rows = [{"name": name, "answer": "same"} for name in NAMES]
    report = {"error": None, "findings": list(findings), "variations": rows}
    return Probed(script=BY_NAME[script], status=status, report=report, seconds=1.0)


def finding(*variations, pins=(), numeric=False, places=()):
    listed = [{"file": file, "line": line} for file, line in places]
    return {"variations": list(variations), "held": list(pins), "numeric": numeric, "places": listed}


def test_a_right_answer_is_right():
    line = next(iter(BY_NAME["own_random"].lines))
    assert answer(finding("again", places=[line]), script="own_random").wrong == []


def test_silence_about_a_planted_script_is_wrong():
    assert answer(script="own_random").wrong == ["not found"]


def test_an_innocent_variation_is_wrong():
    assert answer(finding("home"), script="own_random").wrong == ["named ['home']", "line not named"]


def test_a_line_beyond_the_third_is_wrong():
    line = next(iter(BY_NAME["own_random"].lines))
    others = [("train.py", 900 + number) for number in range(3)]
    wrong = answer(finding("again", places=[*others, line]), script="own_random").wrong
    assert wrong == ["line is number 4"]


def test_rounding_that_the_profile_holds_is_no_alarm():
    rounding = finding("blas", pins=["OPENBLAS_CORETYPE"], numeric=True)
    assert answer(rounding, script="linear_solver", status=0).wrong == []
    assert answer(finding("blas", numeric=True), script="linear_solver").wrong == ["finding: blas"]


@pytest.mark.slow
@pytest.mark.parametrize("name", GUILTY_ONES)
def test_planted_nondeterminism_is_found_and_named(name, tmp_path):
    probed = probe(BY_NAME[name], tmp_path)
    assert probed.wrong == [], probed.report or probed.err


@pytest.mark.slow
@pytest.mark.parametrize("name", CLEAN_ONES)
def test_innocent_scripts_are_robust(name, tmp_path):
    probed = probe(BY_NAME[name], tmp_path)
    assert probed.wrong == [], probed.report or probed.err
    assert probed.status == 0
