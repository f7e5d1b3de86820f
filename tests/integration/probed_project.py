# SPDX-License-Identifier: Apache-2.0
"""A small project of two steps, and a probe of it."""

import os

import pytest

from repro_action.environments import backend_for
from repro_action.flows.probe import ProbeOptions, probe
from repro_action.progress import Silent
from repro_action.runs.project import Project

CONFIG = """
version = 1
name = "small"
seed = 3
[environment]
backend = "current"
[determinism]
profile = "{profile}"
[sandbox]
network = true
files = "any"
[[steps]]
name = "prepare"
run = ["python", "prepare.py"]
inputs = ["prepare.py"]
outputs = ["out/data.json"]
[[steps]]
name = "train"
run = ["python", "train.py"]
inputs = ["train.py", "parts", "out/data.json"]
outputs = ["out/model.json", "out/metrics.json"]
[metrics."out/metrics.json"]
"""


PREPARE = "import json\njson.dump([1.5, 2.5], open('out/data.json', 'w'))\n"


TRAIN = """import json
{code}
json.dump(made, open('out/model.json', 'w'))
json.dump({{'accuracy': 0.5}}, open('out/metrics.json', 'w'))
"""


@pytest.fixture
def project(tmp_path):
    def make(code, *, profile="portable", prepare=PREPARE):
        root = tmp_path / "small"
        (root / "parts").mkdir(parents=True)
        (root / "out").mkdir()
        for number in range(5):
            (root / "parts" / f"{number}.txt").write_text(f"{number / 7}")
        (root / "repro.toml").write_text(CONFIG.format(profile=profile))
        (root / "prepare.py").write_text(prepare)
        (root / "train.py").write_text(TRAIN.format(code=code))
        return root

    return make


def probed(root, *, progress=None, executor=None, **options):
    project = Project.open(root, None)
    backend = backend_for(project.config, os.environ)
    return probe(project, backend, ProbeOptions(**options), progress or Silent(), executor=executor)


def answers(report, answer):
    return {row.name for row in report.variations if row.answer is answer}


def files(root):
    return {
        path.relative_to(root).as_posix(): path.read_bytes() if path.is_file() else None
        for path in sorted(root.rglob("*"))
        if ".repro" not in path.parts
    }
