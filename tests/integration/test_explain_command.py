# SPDX-License-Identifier: Apache-2.0
"""`repro explain` on real repositories: which part of a change moved the metrics."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import jsonschema
import pytest
from changed_project import CONFIG, FORMULA, TRAIN, changed, commit, git, write
from integration.command import repro

from repro_action import schemas
from repro_action.attribution.model import Attribution, Method
from repro_action.flows.explain import ExplainOptions, explain
from repro_action.progress import Silent
from repro_action.report.json.explain import as_json
from repro_action.report.render.terminal.explain import lines
from repro_action.runs.project import Project


def explained(folder: Path, **options: object) -> Attribution:
    wanted = ExplainOptions(**{"against": "HEAD~1", **options})
    found = explain(Project.open(folder, None), wanted, Silent())
    document = json.loads(json.dumps(as_json(found)))
    jsonschema.validate(document, schemas.load("explain.v1"))
    return found


def shares(found: Attribution, metric: str = "score") -> dict[str, float]:
    (one,) = (one for one in found.metrics if one.name == metric)
    return {" with ".join(share.players): pytest.approx(share.value) for share in one.shares}


def test_each_class_gets_what_it_moved_and_no_mix_is_run_twice(tmp_path):
    folder = changed(
        tmp_path / "p",
        {
            "repro.toml": CONFIG.format(seed=43),
            "train.py": TRAIN.format(formula=FORMULA.replace("+ params", "+ 2 * params")),
            "wine.csv": "x\n2\n3\n4\n",
            "params.toml": "lr = 1.0\ndepth = 4\n",
        },
    )
    found = explained(folder)
    # The product moves from 2 to 8: by 2 for each of both alone, and by 2 only together.
    assert {"code": 3.0, "params": 3.0, "data": 1.0, "seed": 2.0} == shares(found)
    (joint,) = found.metrics[0].interactions
    assert (("code", "params"), pytest.approx(2.0)) == (joint.players, joint.value)
    assert (16, 0, 1, 0) == (found.runs, found.reused, found.unchanged, found.exit_code)
    again = explained(folder)
    assert (0, 16) == (again.runs, again.reused)
    assert found.metrics == again.metrics
    assert [] == list((folder / ".repro" / "checkouts").iterdir())
    assert not (folder / ".repro" / "explain" / "work").exists()
    assert "" == git(folder, "status", "--porcelain")


def test_one_class_is_explained_by_two_runs(tmp_path):
    folder = changed(tmp_path / "p", {"wine.csv": "x\n4\n5\n6\n"})
    found = explained(folder)
    assert {"data": 3.0} == shares(found)
    assert 2 == found.runs


def test_code_that_does_not_read_the_old_parameters_is_one_part_with_them(tmp_path):
    folder = changed(
        tmp_path / "p",
        {
            "train.py": TRAIN.format(formula="mean + params['rate'] * 4 + seed"),
            "params.toml": "rate = 1.0\n",
            "wine.csv": "x\n2\n3\n4\n",
        },
    )
    found = explained(folder)
    assert {"code with params": 2.0, "data": 1.0} == shares(found)
    assert "code and params could not be run apart" == found.metrics[0].missing
    assert 4 == len(found.failed)
    assert {"train"} == {failed.step for failed in found.failed}
    assert any("KeyError" in failed.notice.log + failed.notice.why for failed in found.failed)
    assert 0 == found.exit_code


def test_a_base_commit_that_does_not_train_is_named_and_parts_are_still_taken_back(tmp_path):
    folder = changed(
        tmp_path / "p",
        {
            "train.py": TRAIN.format(formula=FORMULA),
            "wine.csv": "x\n2\n3\n4\n",
            "params.toml": "lr = 1\ndepth = 4\n",
        },
        {"train.py": TRAIN.format(formula="1 / 0")},
    )
    found = explained(folder)
    (metric,) = (one for one in found.metrics if one.name == "score")
    assert Method.ONE_AT_A_TIME is metric.method
    assert {"data": 1.0, "params": 2.0} == shares(found)
    assert (None, None) == (metric.before, metric.interaction)
    assert () == found.failed[0].players
    text = "\n".join(lines(found))
    assert "could not be run: the base commit: step train failed" in text
    assert 5 == found.runs
    assert 0 == found.exit_code


def test_a_head_that_does_not_train_leaves_nothing_to_explain(tmp_path):
    folder = changed(tmp_path / "p", {"train.py": TRAIN.format(formula="1 / 0")})
    done = repro(folder, "explain", "--against", "HEAD~1", "--counterfactual", "-q")
    assert 2 == done.returncode
    assert "head cannot be run: step train failed" in done.stderr


@pytest.mark.parametrize(
    ("formula", "why"),
    [("float('nan')", "score: in head it is not a finite number"), (None, "score: head has no such metric")],
)
def test_metrics_that_cannot_be_compared_are_named(tmp_path, formula, why):
    program = TRAIN.format(formula=formula or "0").replace(', "rows": len(rows)', "")
    head = program if formula else program.replace('"score": score', '"other": 1')
    base = TRAIN.format(formula=FORMULA).replace(', "rows": len(rows)', "")
    found = explained(changed(tmp_path / "p", {"train.py": head}, {"train.py": base}))
    assert found.error is not None
    assert "no metric in common" in found.error.what
    assert why in found.error.why
    assert 2 == found.exit_code


def test_an_uncommitted_change_is_part_of_head(tmp_path):
    folder = changed(tmp_path / "p", {})
    write(folder, {"wine.csv": "x\n4\n5\n6\n"})
    found = explained(folder, against="HEAD")
    assert {"data": 3.0} == shares(found)
    assert "wine.csv" in found.notes[0].what


def test_a_shallow_clone_says_how_to_fetch(tmp_path):
    folder = changed(tmp_path / "p", {"wine.csv": "x\n4\n5\n6\n"})
    base = git(folder, "rev-parse", "HEAD~1")
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{folder}", "shallow")
    found = explained(tmp_path / "shallow", against=base)
    assert found.error is not None
    assert "fetch-depth: 0" in found.error.remedy


def test_a_configuration_that_moved_is_found_by_its_name(tmp_path):
    folder = changed(tmp_path / "p", {})
    moved = ["repro.toml", "train.py", "wine.csv", "params.toml"]
    texts = {name: (folder / name).read_text() for name in moved}
    texts["wine.csv"] = "x\n2\n3\n4\n"
    files = {**dict.fromkeys(moved), **{f"model/{name}": text for name, text in texts.items()}}
    commit(folder, files)
    found = explained(folder / "model")
    assert {"data": 1.0} == shares(found)


def test_a_file_that_no_step_declares_is_code_that_differs(tmp_path):
    program = TRAIN.format(formula=f"{FORMULA} + helper.PLUS").replace("import json", "import helper, json")
    folder = changed(
        tmp_path / "p",
        {"helper.py": "PLUS = 5\n", "wine.csv": "x\n2\n3\n4\n"},
        {"helper.py": "PLUS = 1\n", "train.py": program},
    )
    found = explained(folder)
    assert {"code": 4.0, "data": 1.0} == shares(found)
    assert ("helper.py",) == found.players[0].materials
    again = explained(folder)
    assert (0, 4) == (again.runs, again.reused)
    write(folder, {"helper.py": "PLUS = 9\n"})
    assert {"code": 8.0, "data": 1.0} == shares(explained(folder))


def test_steps_that_no_part_reaches_are_run_once(tmp_path):
    prepare = (
        "from pathlib import Path\n"
        f"log = Path({str(tmp_path / 'log')!r})\n"
        "log.write_text((log.read_text() if log.exists() else '') + 'x')\n"
        "Path('clean.csv').write_text(Path('raw.csv').read_text())\n"
    )
    config = CONFIG.format(seed=41).replace(
        "[[steps]]",
        '[[steps]]\nname = "prepare"\nrun = ["python", "prepare.py"]\ninputs = ["prepare.py", "raw.csv"]\n'
        'outputs = ["clean.csv"]\n\n[[steps]]',
        1,
    )
    config = config.replace('"wine.csv"]', '"clean.csv"]')
    program = TRAIN.format(formula=FORMULA).replace("wine.csv", "clean.csv")
    folder = changed(
        tmp_path / "p",
        {"repro.toml": config.replace("41", "42"), "params.toml": "lr = 1.0\ndepth = 4\n"},
        {
            "repro.toml": config,
            "prepare.py": prepare,
            "raw.csv": "x\n1\n2\n3\n",
            "train.py": program,
            "wine.csv": "unused\n",
        },
    )
    found = explained(folder, jobs=1)
    assert {"params": 2.0, "seed": 1.0} == shares(found)
    # Of four mixes those two share it whose code and seed are the same: no sandbox keeps the files of base
    # and head apart, and the seed is handed to every step.
    assert (4, "xxx") == (found.runs, (tmp_path / "log").read_text())


def test_single_parameters_and_files_are_taken_back(tmp_path):
    folder = changed(
        tmp_path / "p",
        {"params.toml": "# tuned\nlr = 1.0\ndepth = 8\n", "wine.csv": "x\n2\n3\n4\n"},
    )
    found = explained(folder, fine=True)
    # 0.5 * 4 to 1.0 * 8: each doubles it, so that 2 and 2 come alone, and 2 only together.
    assert {"params.toml: lr": 3.0, "params.toml: depth": 3.0, "wine.csv": 1.0} == shares(found)


def test_without_counterfactuals_nothing_is_run(tmp_path):
    folder = changed(tmp_path / "p", {"wine.csv": "x\n4\n5\n6\n", "params.toml": "lr = 1.0\ndepth = 4\n"})
    done = repro(folder, "explain", "--against", "HEAD~1", "-q")
    assert 0 == done.returncode
    assert "data (wine.csv), params (params.toml: lr)" in done.stdout
    assert "4 runs" in done.stdout
    assert not (folder / ".repro" / "explain").exists()


def test_a_budget_that_is_used_up_says_so_and_keeps_what_was_run(tmp_path):
    folder = changed(tmp_path / "p", {"wine.csv": "x\n4\n5\n6\n"})
    found = explained(folder, budget=0.0)
    assert found.unfinished
    assert found.error is not None
    assert "the time was used up" in found.error.what
    explained(folder)
    kept = explained(folder, budget=0.0)
    assert {"data": 3.0} == shares(kept)


def test_results_that_came_with_the_checkout_are_not_believed(tmp_path):
    folder = changed(tmp_path / "p", {"wine.csv": "x\n4\n5\n6\n", ".gitignore": "out/\n"})
    explained(folder)
    git(folder, "add", "-f", ".repro")
    found = explained(folder)
    assert found.error is not None
    assert "git tracks files in .repro/" in found.error.what


def test_nothing_is_written_through_a_link_of_head(tmp_path):
    config = CONFIG.format(seed=41).replace('"wine.csv"]', '"data/wine.csv"]')
    program = TRAIN.format(formula=FORMULA).replace("wine.csv", "data/wine.csv")
    folder = changed(
        tmp_path / "p", {}, {"repro.toml": config, "train.py": program, "data/wine.csv": "x\n1\n"}
    )
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "wine.csv").write_text("x\n7\n")
    shutil.rmtree(folder / "data")
    (folder / "data").symlink_to(outside)
    write(folder, {"params.toml": "lr = 1.0\ndepth = 4\n"})
    found = explained(folder, against="HEAD")
    assert "x\n7\n" == (outside / "wine.csv").read_text()
    assert any("symbolic link" in failed.notice.what for failed in found.failed)
