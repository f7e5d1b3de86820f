# SPDX-License-Identifier: Apache-2.0
"""Training scripts with one planted nondeterminism each, innocent ones, and what `repro probe` must say.

A script of `planted/guilty` holds one dependence on something that is no material; its lines end
with `# planted`, which is taken off before anything runs. Those of `planted/clean` look as if.
The tables stand in `planted_guilty` and `planted_clean`.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from configurations import dump
from e2e.planted_data import DATA
from e2e.project import Ended, command, environment

from repro_action.config.model import Config, MetricRule, SandboxConfig, Step

HERE = Path(__file__).parent / "planted"
MARK = "  # planted"
METRICS = "out/metrics.json"

NUMERIC = frozenset({"threads", "blas", "numpy-dispatch", "torch-isa", "libm"})
"""Variations that change the rounding of arithmetic: physics, and kept stable by the profile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """One row.

    Attributes:
        name: of the script, or of the folder of scripts.
        why: what makes it nondeterministic, or why it is not.
        guilty: variations any of which is the right name, the best first; empty for a clean one.
        pinned: whether the portable profile keeps it stable, so that it shows only when unpinned.
        subtle: whether somebody who reads the script would easily miss it.
        steps: scripts in running order, where there is more than one step.
        rounds: whether its arithmetic may depend on the CPU's kernels besides.
        also: variations that change its outputs as well, since their means reach it.
        home: file → text, in the home folder of whoever probes.
        needs: distributions that must be installed.
    """

    name: str
    why: str
    guilty: tuple[str, ...] = ()
    pinned: bool = False
    subtle: bool = False
    steps: tuple[str, ...] = ()
    rounds: bool = False
    also: frozenset[str] = frozenset()
    home: Mapping[str, str] = field(default_factory=dict)
    needs: tuple[str, ...] = ()

    @property
    def source(self) -> Path:
        """The file, or the folder."""
        folder = HERE / ("guilty" if self.guilty else "clean")
        file = folder / f"{self.name}.py"
        return file if file.is_file() else folder / self.name

    @property
    def files(self) -> Mapping[str, str]:
        """File of the project → its text with the marks on; a single script becomes `train.py`."""
        if self.source.is_file():
            return {"train.py": self.source.read_text(encoding="utf-8")}
        return {path.name: path.read_text(encoding="utf-8") for path in sorted(self.source.glob("*.py"))}

    @property
    def lines(self) -> frozenset[tuple[str, int]]:
        """Guilty lines as (file, line)."""
        return frozenset(
            (name, number)
            for name, text in self.files.items()
            for number, line in enumerate(text.splitlines(), start=1)
            if line.endswith(MARK)
        )


def config(script: Script, root: Path) -> Config:
    """Return the configuration that its author would write.

    Whatever is named `out/…` in a script is an output of the first step that names it.
    """
    texts = script.files
    steps, claimed = [], set()
    for file in script.steps or ("train.py",):
        outputs = [name for name in _named("out", texts[file]) if name not in claimed]
        read = [name for name in _named("out", texts[file]) if name in claimed]
        claimed |= set(outputs)
        data = [f"data/{name}" for name in DATA if f"data/{name}" in texts[file]]
        helpers = [name for name in texts if name not in script.steps and name != file]
        steps.append(
            Step(
                name=file.removesuffix(".py"),
                run=("python", file),
                inputs=(file, *helpers, *data, *read),
                outputs=tuple(outputs),
            )
        )
    metrics: dict[str, Mapping[str, MetricRule]] = {METRICS: {}}
    return Config(
        root=root,
        path=root / "repro.toml",
        name=script.name.replace("_", "-"),
        seed=1,
        sandbox=SandboxConfig(files="any"),
        steps=tuple(steps),
        metrics=metrics,
    )


def _named(folder: str, text: str) -> list[str]:
    return list(dict.fromkeys(re.findall(rf"\b{folder}/[\w-]+(?:\.\w+)+", text)))


def make(script: Script, root: Path) -> Path:
    """Write the project of a script: code without marks, data, configuration."""
    root.mkdir(parents=True)
    texts = script.files
    for name, text in texts.items():
        (root / name).write_text(text.replace(MARK, ""), encoding="utf-8")
    for name, write in DATA.items():
        if any(f"data/{name}" in text for text in texts.values()):
            (root / "data").mkdir(exist_ok=True)
            write(root / "data" / name)
    (root / "repro.toml").write_text(dump(config(script, root)), encoding="utf-8")
    return root


def make_home(script: Script, folder: Path) -> Path:
    """Write the home folder of whoever probes."""
    folder.mkdir(parents=True)
    for name, text in script.home.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@dataclass(frozen=True, slots=True, kw_only=True)
class Probed:
    """What `repro probe` answered about a script.

    Attributes:
        script: the script.
        status: exit status.
        report: the JSON document; empty where there was none.
        seconds: wall time of the process.
        err: its standard error.
    """

    script: Script
    status: int
    report: Mapping[str, object]
    seconds: float
    err: str = ""

    @property
    def findings(self) -> list[dict]:
        """Findings that are no mere rounding kept stable by the profile, or all where that is what was planted."""
        found = list(self.report.get("findings") or ())
        if set(self.script.guilty) & NUMERIC:
            return found
        return [one for one in found if not quiet(one)]

    @property
    def named(self) -> list[str]:
        """Variations of the findings, the first finding's first."""
        return [name for one in self.findings for name in one["variations"]]

    @property
    def found(self) -> bool:
        """Whether anything was found where something is planted."""
        return bool(self.findings)

    @property
    def right(self) -> bool:
        """Whether a guilty variation is named, and as what it is: pinned or not."""
        wanted = set(self.script.guilty)
        return any(
            wanted & set(one["variations"]) and bool(one["held"]) == self.script.pinned
            for one in self.findings
        )

    @property
    def extra(self) -> list[str]:
        """Variations that are named and should not be."""
        allowed = set(self.script.guilty) | self.script.also | (NUMERIC if self.script.rounds else set())
        return [name for name in self.named if name not in allowed]

    @property
    def rank(self) -> int:
        """Place of the first guilty line among the suspected ones of a right finding, from 1; 0 for none."""
        ranks = []
        for one in self.findings:
            places = list(dict.fromkeys((place["file"], place["line"]) for place in one["places"]))
            ranks += [number for number, place in enumerate(places, start=1) if place in self.script.lines]
        return min(ranks, default=0)

    @property
    def wrong(self) -> list[str]:
        """Everything that is not as it should be, in words."""
        if self.report.get("error") or "findings" not in self.report:
            return [f"no answer: {self.report.get('error') or self.err[-300:]}"]
        items = [f"failed: {row['name']}" for row in self.report["variations"] if row["answer"] == "failed"]
        if unable(self):
            return items
        if not self.script.guilty:
            return items + [f"finding: {', '.join(one['variations'])}" for one in self.findings]
        items += [] if self.found else ["not found"]
        items += [] if self.right or not self.found else [f"named {self.named or 'nothing'}"]
        items += [f"besides: {', '.join(self.extra)}"] if self.right and self.extra else []
        if self.found and not 1 <= self.rank <= 3:
            items.append(f"line is number {self.rank}" if self.rank else "line not named")
        return items


def quiet(finding: Mapping[str, object]) -> bool:
    """Whether a finding is rounding only, and kept stable by the profile."""
    return bool(finding["numeric"]) and bool(finding["held"])


def unable(probed: Probed) -> bool:
    """Whether this machine can disturb none of the guilty variations, and probe says so."""
    rows = {row["name"]: row["answer"] for row in probed.report.get("variations") or ()}
    guilty = probed.script.guilty
    return bool(guilty) and all(rows.get(name) == "unavailable" for name in guilty)


def probe(script: Script, folder: Path, *arguments: str, timeout: float = 600) -> Probed:
    """Make a fresh project in a folder and run `repro probe` there as people do."""
    root, home = make(script, folder / "project"), make_home(script, folder / "home")
    begin = time.monotonic()
    done = subprocess.run(
        command("probe", "--json", "--trace", *arguments),
        cwd=root,
        env=environment(HOME=str(home)),
        capture_output=True,
        timeout=timeout,
        check=False,
    )
    ended = Ended(done.returncode, done.stdout.decode(), done.stderr.decode())
    try:
        report = ended.json
    except json.JSONDecodeError:
        report = {}
    seconds = time.monotonic() - begin
    return Probed(script=script, status=ended.status, report=report, seconds=seconds, err=ended.err)


def clear(folder: Path) -> None:
    """Delete a folder that was made."""
    shutil.rmtree(folder, ignore_errors=True)
