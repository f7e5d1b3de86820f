# SPDX-License-Identifier: Apache-2.0
"""Is `dvc.lock` true? Projects that the real DVC made, without a configuration of ours."""

from __future__ import annotations

import json
import shutil
import subprocess
import threading
import time
from pathlib import Path

import pytest
from dvc_projects import TRAIN, begin, dvc, git, two_stages, write
from integration.command import repro


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return two_stages(tmp_path_factory.mktemp("dvc") / "wine")


@pytest.fixture
def project(trained: Path, tmp_path: Path) -> Path:
    return shutil.copytree(trained, tmp_path / "wine", symlinks=True)


def verified(root: Path, *options: str) -> dict:
    done = repro(root, "verify", "-q", "--json", *options)
    report = json.loads(done.stdout)
    assert (
        done.returncode
        == {"reproduced": 0, "changed": 1, "drifted": 1, "failed": 2, "no_baseline": 3}[report["verdict"]]
    )
    return report


def dvc_files(root: Path) -> dict[str, bytes]:
    names = ("dvc.yaml", "dvc.lock", "data/rows.csv.dvc", ".dvc/config", ".gitignore", "data/.gitignore")
    return {name: (root / name).read_bytes() for name in names if (root / name).exists()}


def test_a_true_lock_is_reproduced_and_no_file_of_dvcs_is_written(project):
    before = dvc_files(project)
    report = verified(project)
    assert "reproduced" == report["verdict"]
    assert "2 artifacts (22 leaves) and 1 metric are identical to what dvc.lock records" == report["headline"]
    states = {one["name"]: one["same"] for one in report["claim"]["strip"]}
    assert {"code": True, "data": True, "params": True} == {
        name: states[name] for name in ("code", "data", "params")
    }
    assert None is states["env"] is states["seed"] is states["hardware"], "DVC records nothing of these"
    assert before == dvc_files(project)
    assert (
        b""
        == subprocess.run(["git", "status", "--short"], cwd=project, capture_output=True, check=True).stdout
    )


@pytest.mark.parametrize(
    ("file", "old", "new", "cause"),
    [
        ("params.yaml", "scale: 2e-1", "scale: 0.3", "params.yaml: scale 0.2 → 0.3"),
        ("dvc.yaml", "cmd: python src/train.py", "cmd: python -X utf8 src/train.py", "step train"),
    ],
)
def test_a_stale_lock_is_changed_and_the_cause_is_named(project, file, old, new, cause):
    text = (project / file).read_text()
    assert old in text
    (project / file).write_text(text.replace(old, new, 1))
    report = verified(project, "--no-repeat")
    same = file == "dvc.yaml"
    assert ("reproduced" if same else "changed") == report["verdict"]
    assert any(cause in one["text"] for one in report["causes"]), report["causes"]
    if not same:
        (model,) = [one for one in report["claim"]["artifacts"] if one["path"] == "model.pkl"]
        assert any("weights" in leaf["path"] for leaf in model["leaves"]), "the cache has the old bytes"


FALSE = TRAIN.replace(
    "import json, pickle\n",
    "import json, os, pickle, time\n"
    "open('started', 'w').close()\n"
    "while not os.path.exists('edited') and not os.path.exists('../calm'):\n    time.sleep(0.01)\n",
)


def test_dvc_records_code_that_did_not_run_and_repro_does_not(project):
    """https://github.com/treeverse/dvc/issues/11058: dependencies are digested when the command has ended."""
    calm = project.parent / "calm"
    write(project, {"src/train.py": FALSE})

    def edit() -> None:
        while not (project / "started").exists() and not calm.exists():
            time.sleep(0.01)
        (project / "src/train.py").write_text(FALSE.replace("* scale", "* scale + 1"))
        (project / "edited").touch()

    editor = threading.Thread(target=edit)
    editor.start()
    dvc(project, "repro", "-q")
    editor.join()
    assert "up to date" in dvc(project, "status"), "DVC takes its false record for a true one"
    report = verified(project)
    assert ("drifted", "stable") == (report["verdict"], report["flavour"]), (
        "the code in dvc.lock does not make this"
    )
    # The same edit under repro leaves no record.
    (project / "edited").unlink()
    (project / "started").unlink()
    write(project, {"src/train.py": FALSE})
    editor = threading.Thread(target=edit)
    editor.start()
    report = verified(project)
    editor.join()
    calm.touch()
    assert "failed" == report["verdict"]
    assert "src/train.py" in report["error"]["why"]
    assert not (project / ".repro" / "candidate.json").exists()


def test_without_the_cache_a_difference_is_said_of_the_whole_and_what_agrees_is_still_reproduced(project):
    shutil.rmtree(project / ".dvc" / "cache")
    assert "reproduced" == verified(project)["verdict"]
    git(project, "rm", "-q", "--cached", "metrics.json")
    for name in ("model.pkl", "metrics.json"):
        (project / name).unlink(missing_ok=True)
    text = (project / "params.yaml").read_text()
    (project / "params.yaml").write_text(text.replace("2e-1", "0.3"))
    report = verified(project)
    assert "changed" == report["verdict"]
    (model,) = [one for one in report["claim"]["artifacts"] if one["path"] == "model.pkl"]
    assert ["in no cache, commit or remote" in leaf["reason"] for leaf in model["leaves"]] == [True]
    assert ["mean"] == [row["name"] for row in report["claim"]["metrics"]], "git has the old metrics"


def test_missing_data_and_old_bytes_come_from_the_remote(project):
    dvc(project, "remote", "add", "-q", "-d", "store", str(project.parent / "store"))
    dvc(project, "push", "-q")
    shutil.rmtree(project / ".dvc" / "cache")
    for name in ("data/rows.csv", "model.pkl", "prepared.csv"):
        (project / name).unlink()
    text = (project / "params.yaml").read_text()
    (project / "params.yaml").write_text(text.replace("2e-1", "0.3"))
    report = verified(project)
    assert "changed" == report["verdict"]
    assert ["prepared.csv"] == [path.name for path in project.glob("*.csv")]
    (model,) = [one for one in report["claim"]["artifacts"] if one["path"] == "model.pkl"]
    assert any("weights" in leaf["path"] for leaf in model["leaves"])
    assert ["params"] == [one["name"] for one in report["claim"]["strip"] if one["same"] is False]


def test_no_lock_is_no_baseline_and_a_broken_one_fails(project):
    lock = (project / "dvc.lock").read_text()
    (project / "dvc.lock").unlink()
    assert "no_baseline" == verified(project, "--no-repeat")["verdict"]
    (project / "dvc.lock").write_text(lock.replace("stages:", "stages: ["))
    report = verified(project)
    assert "failed" == report["verdict"]
    assert "dvc.lock" == report["error"]["where"]


def test_templates_foreach_matrix_and_folders_of_a_foreign_project(tmp_path):
    root = begin(tmp_path / "foreign")
    write(
        root,
        {
            "params.yaml": "lr: 1e-3\ngrid: {deep: true}\nmodels: [ridge, lasso]\n",
            "raw/one.txt": "1\r\n",
            "raw/deep/two.txt": "2\n",
            "code/fit.py": "import sys\nopen(sys.argv[1], 'w').write(' '.join(sys.argv[2:]) + open('raw/one.txt').read())\n",
            "code/evaluate.py": "import json, os\nos.makedirs('eval/plots')\njson.dump({'n': len(open('built-ridge.txt').read())}, open('eval/scores.json', 'w'))\nopen('eval/plots/roc.csv', 'w').write('x\\n1\\n')\n",
            "code/split.py": "import os\nos.makedirs('parts')\nfor n in range(3):\n    open(f'parts/{n}.csv', 'w').write(f'x\\n{n}\\n')\n",
            "dvc.yaml": """
vars: [{out: built}]
metrics: [eval/scores.json]
stages:
  evaluate:
    cmd: python code/evaluate.py
    deps: [code/evaluate.py, built-ridge.txt]
    outs: [eval]
  split:
    cmd: python code/split.py
    deps: [code/split.py]
    outs: [parts]
  fit:
    foreach: ${models}
    do:
      cmd: python code/fit.py ${out}-${item}.txt ${lr} ${grid.deep} ${item}
      deps: [code, raw, parts]
      params: [lr, grid]
      outs: ["${out}-${item}.txt"]
  cross:
    matrix:
      size: [1, 2]
      kind: [a, {deep: x}]
    wdir: code
    cmd:
    - mkdir -p ../cross
    - echo ${item.size} > ../cross/${key}.txt
    outs: ["../cross/${key}.txt"]
""",
        },
    )
    dvc(root, "add", "-q", "raw")
    dvc(root, "repro", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "trained")
    report = verified(root)
    assert "reproduced" == report["verdict"], report
    assert 8 == len(report["steps"])
    assert "8 artifacts (14 leaves) and 1 metric are identical to what dvc.lock records" == report["headline"]
    (root / "raw" / "deep" / "two.txt").write_text("3\n")
    (root / "params.yaml").write_text((root / "params.yaml").read_text().replace("1e-3", "1e-2"))
    report = verified(root, "--no-repeat")
    assert "changed" == report["verdict"]
    named = {one["name"] for one in report["claim"]["materials"]}
    assert {"params.yaml: lr", "raw", "fit-ridge", "fit-lasso"} <= named


def test_init_goes_on_from_the_same_stages(project):
    assert 0 == repro(project, "init").returncode
    text = (project / "repro.toml").read_text()
    assert text.count("[[steps]]") == 2
    assert 'digest = "md5:' in text
    assert 3 == repro(project, "verify", "-q", "--no-repeat").returncode
    assert 0 == repro(project, "accept").returncode
