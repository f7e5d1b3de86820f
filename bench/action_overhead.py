# SPDX-License-Identifier: Apache-2.0
"""What one job of the action costs beside training: CPU, time and disk, cold and warm, for each command.

    python -m bench.action_overhead --before ../checkout-of-another-commit --rounds 5

The stages of `action.yml` run one after the other, as a runner starts them, against a GitHub server on this
machine. Cold: an empty tool cache and a new copy of the action's files, as on a hosted runner; the packages
come from where pip is configured. Warm: the same job once more. What GitHub's own actions take (checkout,
upload-artifact) is not in it. Training is `repro verify` of the same project, by the same interpreter.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from bench.clock import Command, Sample, once
from bench.scale import ROOT, variables

sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "github")]

from loopback.description import description  # noqa: E402 -- the tests are no package that is installed
from loopback.hub import Hub  # noqa: E402
from loopback.state import Repository, Run  # noqa: E402

KINDS = ("plan", "verify", "publish", "accept")
PARTS = ("action.yml", ".github/action", "repro_action", "requirements")
_GIT = ("git", "-c", "user.name=bench", "-c", "user.email=bench@example.invalid")


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One job.

    Attributes:
        sample: sums over its stages.
        mebibytes: that the tool cache holds afterwards.
    """

    sample: Sample
    mebibytes: int


@dataclass(slots=True)
class World:
    """A repository with one pull request that changes a model, and the runner.

    Attributes:
        root: the checkout.
        report: of the pull request's run, once `verify` has made one.
        fingerprint: of that report.
    """

    folder: Path
    hub: Hub
    root: Path = field(init=False)
    base: str = field(init=False)
    repo: Repository = field(init=False)
    run: Run = field(init=False)
    payload: dict[str, object] = field(init=False)
    report: bytes = b""
    fingerprint: str = ""

    def __post_init__(self) -> None:
        self.root = self.folder / "checkout"
        made = shutil.ignore_patterns("out", ".repro", "__pycache__")
        shutil.copytree(ROOT / "tests" / "e2e" / "tiny", self.root, ignore=made)
        (self.root / ".gitignore").write_text(".repro/\nout/\n__pycache__/\n", encoding="ascii")
        self._git("init", "--quiet", "--initial-branch", "main")
        once(self.verify(status=3))
        once(Command(argv=(*_repro(), "accept"), folder=self.root, variables=variables()))
        self.base = self._commit("first")
        files = {str(path.relative_to(self.root)): path.read_bytes() for path in self._files()}
        self.repo = self.hub.repository("octo/models", files=files, collaborators={"ada": "write"})
        self.hub.token("t", permissions=dict.fromkeys(("actions", "contents", "pull_requests"), "write"))
        parameters = self.root / "params.toml"
        changed = parameters.read_text(encoding="utf-8").replace("ridge = ", "ridge = 1")
        parameters.write_text(changed, encoding="utf-8")
        self._commit("topic")
        head = self.hub.commit(self.repo, "topic", {"params.toml": changed.encode()})
        pull = self.hub.pull(self.repo, "topic", user="ada")
        assert pull.pull is not None
        pull.pull.base_sha = self.repo.branches["main"]
        self.run = self.hub.run(self.repo, head, head_branch="topic")
        table = self.hub.service.bodies.pull(self.repo, pull, simple=False)
        table["base"]["sha"] = self.base
        self.payload = {"number": pull.number, "pull_request": table}

    def verify(self, *, status: int = 1) -> Command:
        """Return the training alone."""
        argv = (*_repro(), "verify", "--quiet")
        return Command(argv=argv, folder=self.root, variables=variables(), good=(status,))

    def event(self, kind: str) -> tuple[str, Mapping[str, object]]:
        """Return what starts a job of this kind, and its payload."""
        bodies, number = self.hub.service.bodies, int(str(self.payload["number"]))
        self.repo.artifacts.clear()
        if self.report:
            self.hub.artifact(self.repo, self.run, "repro-report-tiny", {"repro-report.json": self.report})
        if kind != "accept":
            return "pull_request", self.payload
        issue = self.repo.issues[number]
        assert issue.pull is not None
        # What an earlier job accepted is undone.
        self.repo.branches["topic"] = issue.pull.head_sha = self.run.head_sha
        words = f"/repro accept {self.fingerprint[:12]}"
        comment = self.hub.comment(self.repo, number, words, user="ada")
        return "issue_comment", {
            "action": "created",
            "issue": bodies.issue(self.repo, issue),
            "comment": bodies.comment(self.repo, comment),
        }

    def job(self, action: Path, tools: Path, kind: str) -> Job:
        """Run one job."""
        event, payload = self.event(kind)
        shutil.rmtree(self.root / ".repro", ignore_errors=True)
        with tempfile.TemporaryDirectory(dir=self.folder) as temporary:
            table = self._variables(action, tools, kind, Path(temporary), event, payload)
            samples: list[Sample] = []
            for stage in ("prepare", "run", "publish"):
                outputs = _outputs(Path(temporary) / "output")
                if stage != "prepare" and outputs.get(stage) != "true":
                    continue
                given = {**table, "REPRO_FOLDER": outputs.get("folder", "")}
                if stage == "run":  # as in action.yml
                    del given["REPRO_INPUT_TOKEN"], given["REPRO_INPUT_COMMAND"]
                argv = ("bash", str(action / ".github" / "action" / "start.sh"), stage)
                good = (1,) if stage == "publish" and kind != "accept" else (0,)  # the model changed
                samples.append(once(Command(argv=argv, folder=self.root, variables=given, good=good)))
            if kind == "verify":
                self.report = (Path(outputs["folder"]) / "repro-report.json").read_bytes()
                self.fingerprint = outputs["fingerprint"].rpartition(":")[2]
        sample = Sample(
            seconds=sum(one.seconds for one in samples),
            cpu=sum(one.cpu for one in samples),
            memory=max(one.memory for one in samples),
        )
        return Job(sample=sample, mebibytes=_mebibytes(tools))

    def _variables(
        self,
        action: Path,
        tools: Path,
        kind: str,
        temporary: Path,
        event: str,
        payload: Mapping[str, object],
    ) -> dict[str, str]:
        (temporary / "event.json").write_text(json.dumps(payload), encoding="utf-8")
        return {
            **variables(),
            # As `actions/setup-python` would put it; the packages of this environment are not used.
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "GITHUB_ACTIONS": "true",
            "GITHUB_ACTION_PATH": str(action),
            "GITHUB_API_URL": self.hub.url,
            "GITHUB_EVENT_NAME": event,
            "GITHUB_EVENT_PATH": str(temporary / "event.json"),
            "GITHUB_OUTPUT": str(temporary / "output"),
            "GITHUB_REPOSITORY": "octo/models",
            "GITHUB_RUN_ID": str(self.run.id),
            "GITHUB_SHA": self._git("rev-parse", "HEAD"),
            "GITHUB_STEP_SUMMARY": str(temporary / "summary"),
            "GITHUB_WORKSPACE": str(self.root),
            "RUNNER_OS": "Linux",
            "RUNNER_TEMP": str(temporary),
            "RUNNER_TOOL_CACHE": str(tools),
            "REPRO_INPUT_COMMAND": kind,
            "REPRO_INPUT_COMMENT": "always",
            "REPRO_INPUT_TOKEN": "t",
        }

    def _files(self) -> list[Path]:
        return [self.root / name for name in self._git("ls-files").splitlines()]

    def _commit(self, message: str) -> str:
        self._git("add", "--all")
        self._git("commit", "--quiet", "--message", message)
        return self._git("rev-parse", "HEAD")

    def _git(self, *arguments: str) -> str:
        command = (*_GIT, *arguments)
        done = subprocess.run(command, cwd=self.root, check=True, capture_output=True, text=True)
        return done.stdout.strip()


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(prog="python -m bench.action_overhead", description=__doc__)
    parser.add_argument("--before", type=Path, metavar="DIR", help="another checkout, measured in turn")
    parser.add_argument("--only", choices=KINDS, help="after `verify`, which makes the report")
    parser.add_argument("--rounds", type=int, default=3, help="warm jobs of each kind; cold ones are one")
    options = parser.parse_args()
    sides = {"before": options.before.resolve(), "now": ROOT} if options.before else {"now": ROOT}
    hub = Hub(description())
    with tempfile.TemporaryDirectory(prefix="repro-bench-") as made:
        world = World(Path(made), hub)
        world.job(_copy(ROOT, world.folder / "first"), world.folder / "first-tools", "verify")
        kinds = (options.only,) if options.only else KINDS
        cold = {kind: _cold(world, sides, kind) for kind in kinds}
        warm = {kind: _warm(world, sides, kind, options.rounds) for kind in kinds}
        training = [once(world.verify()) for _ in range(options.rounds)]
    hub.stop()
    _print(sides, cold, warm, training)


def _cold(world: World, sides: Mapping[str, Path], kind: str) -> dict[str, list[Job]]:
    jobs = {}
    for name, source in sides.items():
        tools = world.folder / f"{name}-{kind}-tools"
        jobs[name] = [world.job(_copy(source, world.folder / f"{name}-{kind}"), tools, kind)]
    return jobs


def _warm(world: World, sides: Mapping[str, Path], kind: str, rounds: int) -> dict[str, list[Job]]:
    jobs: dict[str, list[Job]] = {name: [] for name in sides}
    for _ in range(rounds):
        for name in sides:
            action, tools = world.folder / f"{name}-{kind}", world.folder / f"{name}-{kind}-tools"
            jobs[name].append(world.job(action, tools, kind))
    return jobs


def _print(
    sides: Mapping[str, Path],
    cold: Mapping[str, Mapping[str, list[Job]]],
    warm: Mapping[str, Mapping[str, list[Job]]],
    training: list[Sample],
) -> None:
    print("| command | state | " + " | ".join(f"{name}: CPU, time, disk" for name in sides) + " |")
    print("| --- | --- |" + " --- |" * len(sides))
    alone = Sample(
        seconds=median(one.seconds for one in training), cpu=median(one.cpu for one in training), memory=0
    )
    for state, jobs in (("cold", cold), ("warm", warm)):
        for kind in jobs:
            less = alone if kind == "verify" else Sample(seconds=0, cpu=0, memory=0)
            cells = [_cell(jobs[kind][name], less) for name in sides]
            print(f"| `{kind}` | {state} | " + " | ".join(cells) + " |")
    print(f"\ntraining alone: {alone.cpu:.2f} s of CPU, {alone.seconds:.2f} s; left out of `verify`")


def _cell(jobs: list[Job], less: Sample) -> str:
    cpu = median(one.sample.cpu for one in jobs) - less.cpu
    seconds = median(one.sample.seconds for one in jobs) - less.seconds
    return f"{cpu:.2f} s, {seconds:.1f} s, {max(one.mebibytes for one in jobs)} MiB"


def _repro() -> tuple[str, ...]:
    return (sys.executable, "-m", "repro_action")


def _copy(source: Path, target: Path) -> Path:
    """Return a copy of the action's files, without byte code, as GitHub hands it to a runner."""
    for part in PARTS:
        place = target / part
        place.parent.mkdir(parents=True, exist_ok=True)
        if (source / part).is_dir():
            shutil.copytree(source / part, place, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source / part, place)
    return target


def _outputs(path: Path) -> dict[str, str]:
    """Return what a stage wrote for `GITHUB_OUTPUT`: `name<<WORD`, lines, `WORD`."""
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    return {name: value for name, _, value in re.findall(r"(?ms)^([\w-]+)<<(\w+)\n(.*?)\n\2$", text)}


def _mebibytes(folder: Path) -> int:
    done = subprocess.run(["du", "-sm", folder], check=True, capture_output=True, text=True)
    return int(done.stdout.split()[0])


if __name__ == "__main__":
    main()
