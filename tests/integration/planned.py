"""Repositories of several models, and the plan of what a change affects."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from factories import make_fingerprint
from required import absent

from repro_action.baseline import Baseline
from repro_action.codec.baseline import dump
from repro_action.fingerprint import MaterialKind
from repro_action.flows.plan import plan

ROOT = Path(__file__).parents[2]
CONFIG = """\
version = 1
name = "{name}"

[environment]
backend = "{backend}"
{environment}

[[data]]
path = "data/images"
digest = "tree1-blake3:{digest}"

[[steps]]
name = "prepare"
run = ["python", "-m", "tools.prepare", "--config=prepare.ini"]
inputs = ["src/**/*.py", "data/images"]
outputs = ["out/clean.csv"]

[[steps]]
name = "train"
run = ["python", "train.py"]
inputs = ["train.py", "out/clean.csv"]
params = ["params.toml"]
outputs = ["out/model.json"]
"""
FILES = {
    "train.py": "print()\n",
    "prepare.ini": "[a]\n",
    "helper.py": "X = 1\n",
    "params.toml": "depth = 3\n",
    "requirements.lock": "numpy==2\n",
    "README.md": "a model\n",
    "src/pkg/one.py": "1\n",
    "src/pkg/two.py": "2\n",
    "tools/prepare.py": "3\n",
    "data/images/1.txt": "i\n",
    "data/images/2.txt": "j\n",
}


@pytest.fixture(autouse=True)
def _git(monkeypatch, tmp_path):
    if shutil.which("git") is None:
        absent("git", "git is not here")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", os.devnull)
    (tmp_path / "gitconfig").write_text(
        "[user]\nname = a\nemail = a@example.org\n[init]\ndefaultBranch = main\n"
    )


def git(folder, *arguments):
    done = subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def commit(root, message="x"):
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--allow-empty", "--message", message)
    return git(root, "rev-parse", "HEAD")


def write(place, text):
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text)


def add_model(root, folder, *, backend="venv", environment='lock = "requirements.lock"', baseline=True):
    place = root / folder
    for path, text in FILES.items():
        write(place / path, text)
    text = CONFIG.format(name=place.name, backend=backend, environment=environment, digest="0" * 64)
    write(place / "repro.toml", text)
    if baseline:
        materials = {MaterialKind.CODE: {"train.py": f"blake3:{'0' * 64}", "helper.py": f"blake3:{'0' * 64}"}}
        result = Baseline(name=place.name, platforms={"x86_64-v3": make_fingerprint(materials=materials)})
        write(place / "repro.baseline.json", dump(result))


@pytest.fixture
def root(tmp_path):
    """A repository of two models on the branch `pr`, committed and clean."""
    top = tmp_path / "repository"
    top.mkdir()
    git(top, "init", "--quiet")
    for name in ("a", "b"):
        add_model(top, f"models/{name}")
    write(top / ".gitignore", "*.tmp\n")
    commit(top)
    git(top, "checkout", "--quiet", "-b", "pr")
    return top


def found(root, against="main", configs=("models/a/repro.toml", "models/b/repro.toml")):
    return {
        one.config.split("/")[1]: [f"{reason.kind}: {reason.text}" for reason in one.reasons]
        for one in plan(root, configs, against)
    }


# What of a change affects a model.
