# SPDX-License-Identifier: Apache-2.0
"""A checkout in which the stages of the action run one after the other, as action.yml starts them."""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
import sys
from contextlib import redirect_stdout
from pathlib import Path

import pytest

from repro_action.cli.commands import action
from repro_action.cli.parser import parse

TINY = Path(__file__).parents[1] / "e2e" / "tiny"


def git(folder, *arguments):
    command = ("git", "-c", "user.name=t", "-c", "user.email=t@example.org", *arguments)
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


class Scene:
    """A checkout with a training, a pull request of it on a hub, and a runner's variables."""

    def __init__(self, hub, tmp_path, monkeypatch, project=TINY):
        self.hub, self.patch, self.tmp = hub, monkeypatch, tmp_path
        self.root = tmp_path / "checkout"
        shutil.copytree(project, self.root)
        if not (self.root / ".git").exists():
            git(self.root, "init", "-qb", "main")
        self.base = self.commit("first")
        self.repo = hub.repository("octo/models", collaborators={"ada": "write"})
        self.temp = tmp_path / "temp"
        self.temp.mkdir()
        self.number = 7

    def commit(self, message):
        git(self.root, "add", "-A")
        git(self.root, "commit", "-qm", message, "--allow-empty")
        return git(self.root, "rev-parse", "HEAD")

    def pull(self, *, fork=False):
        # The hub's commits are its own; the payload tells of them, the checkout is ours.
        repo = self.hub.fork(self.repo, "mallory") if fork else self.repo
        head = self.hub.commit(repo, "topic", {"x": b"y"})
        made = self.hub.pull(self.repo, "topic", **({"head_repo": repo} if fork else {}))
        side = {"repo": {"full_name": "octo/models"}, "ref": "main", "sha": self.base}
        name = "mallory/models" if fork else "octo/models"
        return {
            "number": made.number,
            "pull_request": {
                "number": made.number,
                "state": "open",
                "base": side,
                "head": {"repo": {"full_name": name}, "ref": "topic", "sha": head},
            },
        }

    def stages(
        self, event, payload, *, token="t1", only=("prepare", "run", "publish"), sha="", ref="", **inputs
    ):
        """Run stages as action.yml does; returns (exit status, outputs, log, summary)."""
        self.number += 1
        path = self.tmp / "event.json"
        path.write_text(json.dumps(payload), encoding="utf-8")
        files = {name: self.tmp / f"{name}-{self.number}" for name in ("output", "summary")}
        table = {
            "GITHUB_ACTIONS": "true",
            "GITHUB_WORKSPACE": self.root,
            "GITHUB_OUTPUT": files["output"],
            "GITHUB_STEP_SUMMARY": files["summary"],
            "GITHUB_EVENT_NAME": event,
            "GITHUB_EVENT_PATH": path,
            "GITHUB_REPOSITORY": "octo/models",
            "GITHUB_RUN_ID": self.number,
            "GITHUB_API_URL": self.hub.url,
            "GITHUB_SHA": sha or git(self.root, "rev-parse", "HEAD"),
            "GITHUB_REF": ref,
            "RUNNER_TEMP": self.temp,
            **{f"REPRO_INPUT_{name.upper()}": text for name, text in inputs.items()},
        }
        for name, value in table.items():
            self.patch.setenv(name, str(value))
        log, status = io.StringIO(), 0
        for stage in only:
            # As in action.yml: the stage in which foreign code runs is given no token.
            self.patch.setenv("REPRO_INPUT_TOKEN", "" if stage == "run" else token)
            with redirect_stdout(log):
                status = action.execute(parse(["action", stage]))
            self.patch.setenv("REPRO_FOLDER", self.outputs(files["output"]).get("folder", ""))
        text = files["summary"].read_text(encoding="utf-8") if files["summary"].exists() else ""
        return status, self.outputs(files["output"]), log.getvalue(), text

    @staticmethod
    def outputs(path):
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        return {name: value for name, _, value in re.findall(r"(?ms)^([\w-]+)<<(\w+)\n(.*?)\n\2$", text)}

    def accept(self):
        subprocess.run(["repro", "accept"], cwd=self.root, check=True, capture_output=True)
        return self.commit("accept")

    def edit(self, old, new, file="params.toml"):
        path = self.root / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.fixture
def scene(hub, tmp_path, monkeypatch):
    for name in ("GITHUB_SERVER_URL", "GITHUB_RUN_ATTEMPT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:/usr/bin:/bin")
    return Scene(hub, tmp_path, monkeypatch)


def writer(hub):
    hub.token("t1", permissions={"pull_requests": "write", "contents": "read"})
