# SPDX-License-Identifier: Apache-2.0
"""Asks repro about one public report, and holds the answer against the right one."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench.public_reports.catalogue import BY_NAME
from bench.public_reports.model import SCRIPT, Answer, PublicReport

Document = Mapping[str, Any]
_TIMEOUT = 900
RESULTS = Path(__file__).parent / "results.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What repro said, as far as it is held against what is right.

    Attributes:
        answer: the verdict.
        causes: names of causes and `line:NUMBER`, the first one first.
        kind: of the first finding; empty without one.
        remedy: of the first cause.
        text: the first cause, for the table.
    """

    answer: str
    causes: tuple[str, ...] = ()
    kind: str = ""
    remedy: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One report that was tried; `skipped` says why not."""

    report: PublicReport
    said: Said
    seconds: float = 0.0
    skipped: str = ""

    @property
    def verdict(self) -> bool:
        """Whether the verdict is right."""
        return self.said.answer == self.report.right.answer

    @property
    def cause(self) -> bool:
        """Whether the first cause is the right one."""
        right = self.report.right
        if not self.verdict:
            return False
        if "line" in right.cause:
            first = next(iter(self.said.causes), "")
            known = not right.kinds or self.said.kind in right.kinds
            return known and first in {f"line:{number}" for number in self.report.lines}
        if right.answer is Answer.REPRODUCED:
            return set(self.said.causes) == set(right.cause)
        return self.said.causes[:1] == right.cause[:1]

    @property
    def remedy(self) -> bool:
        """Whether the first remedy is the right one."""
        wanted = self.report.right.remedy
        return self.cause and (re.search(wanted, self.said.remedy) is not None if wanted else True)

    @property
    def right(self) -> bool:
        """Whether everything is."""
        return self.verdict and self.cause and self.remedy


def load() -> dict[str, Trial]:
    """Return the results that are kept, by name."""
    if not RESULTS.is_file():
        return {}
    kept = json.loads(RESULTS.read_text(encoding="utf-8"))
    return {
        name: Trial(
            report=BY_NAME[name],
            said=Said(**{**one["said"], "causes": tuple(one["said"]["causes"])}),
            skipped=one["skipped"],
        )
        for name, one in kept.items()
        if name in BY_NAME
    }


def save(trials: Mapping[str, Trial]) -> None:
    """Keep results, without what differs from machine to machine."""
    kept = {
        name: {"said": asdict(trial.said), "skipped": trial.skipped} for name, trial in sorted(trials.items())
    }
    RESULTS.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def interpreter(report: PublicReport, pythons: Sequence[Path]) -> Path | None:
    """Return the first interpreter that has what a report needs."""
    code = f"import importlib.util as u, sys; sys.exit(any(u.find_spec(n) is None for n in {report.needs!r}))"
    for python in pythons:
        if subprocess.run([python, "-c", code], check=False).returncode == 0:
            return python
    return None


def attempt(report: PublicReport, pythons: Sequence[Path], kept: Path | None = None) -> Trial:
    """Make the project, accept its first run, ask again, and judge what is said.

    Args:
        report: the report.
        pythons: interpreters, the preferred one first.
        kept: where to keep the last JSON document; None for nowhere.
    """
    python = interpreter(report, pythons)
    if python is None:
        return Trial(report=report, said=Said(answer=""), skipped=f"not installed: {', '.join(report.needs)}")
    begin = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="repro-public-"))
    try:
        report.write(folder / "project", python)
        document = _probe(folder / "project") if _asks_probe(report) else _verify(report, folder / "project")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if kept is not None:
        (kept / f"{report.name}.json").write_text(json.dumps(document, indent=1), encoding="utf-8")
    said = probed(document) if _asks_probe(report) else verified(document)
    return Trial(report=report, said=said, seconds=time.monotonic() - begin)


def _asks_probe(report: PublicReport) -> bool:
    return report.right.answer is Answer.DEPENDS


def _repro(root: Path, *arguments: str) -> Document:
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "TMPDIR"}}
    command = [sys.executable, "-m", "repro_action", *arguments, "--json"]
    done = subprocess.run(command, cwd=root, env=kept, capture_output=True, timeout=_TIMEOUT, check=False)
    try:
        return json.loads(done.stdout)
    except json.JSONDecodeError:
        return {"verdict": "no answer", "error": done.stderr.decode(errors="replace")[-500:]}


def _git(root: Path, *arguments: str) -> None:
    named = ["-c", "user.name=T", "-c", "user.email=t@example.org", "-c", "init.defaultBranch=main"]
    subprocess.run(["git", *named, *arguments], cwd=root, capture_output=True, check=True)


def _verify(report: PublicReport, root: Path) -> Document:
    _repro(root, "verify", "--no-repeat")
    _repro(root, "accept", "--force")
    (root / ".gitignore").write_text(".repro/\nout/\n", encoding="ascii")
    _git(root, "init", "--quiet")
    _git(root, "add", ".")
    _git(root, "commit", "--quiet", "--message", "accepted")
    if report.edit is not None:
        path, old, new = report.edit
        text = (root / path).read_text(encoding="utf-8")
        (root / path).write_text(text.replace(old, new), encoding="utf-8")
    document: Document = {}
    for _ in range(report.verifies):
        document = _repro(root, "verify")
        if document.get("verdict") != "reproduced":
            break
    return document


def _probe(root: Path) -> Document:
    return _repro(root, "probe")


def verified(document: Document) -> Said:
    """Return what a report of `repro verify` says."""
    verdict, flavour = document.get("verdict", ""), document.get("flavour", "")
    if verdict == "reproduced":
        return _reproduced(document)
    answer = f"{verdict} ({flavour})" if verdict == "drifted" else verdict
    found = list(_causes(document))
    findings = document.get("findings") or [{}]
    first = found[0] if found else ("", "")
    finding = first[0].startswith("line:")
    return Said(
        answer=answer,
        causes=tuple(name for name, _ in found),
        kind=findings[0].get("kind", "") if finding else "",
        remedy=first[1],
        text=str(document.get("error") or first[1]),
    )


def _causes(document: Document) -> Iterator[tuple[str, str]]:
    """Yield each cause as its name and its text; that a run disagrees with itself is no cause."""
    found = [one for one in document.get("causes") or () if one["name"] != "nondeterminism"]
    for one in found:
        place = re.match(rf"{re.escape(SCRIPT)}:(\d+) ", one["text"])
        name = f"{one['kind']}:{one['name']}" if one["kind"] else one["name"]
        yield (f"line:{place[1]}" if place and not one["kind"] else name), one["text"]
    if not found:
        yield from ((hint["where"], f"{hint['what']} {hint['cure']}") for hint in document.get("hints") or ())


def _reproduced(document: Document) -> Said:
    """A run that is reproduced: what was left out of equality, and what holds by repro's seed only."""
    claim = document.get("claim") or {}
    rules = sorted({one["rule"] for one in claim.get("excluded") or ()})
    seeded = [one for one in document.get("warnings") or () if "draws without a seed" in one["what"]]
    lines = [f"line:{one['where'].rpartition(':')[2]}" for one in seeded]
    return Said(
        answer="reproduced",
        causes=(*lines, *rules),
        kind="seed" if lines else "",
        remedy=seeded[0]["cure"] if seeded else "",
        text=f"{seeded[0]['where']} → {seeded[0]['cure']}" if seeded else ", ".join(rules),
    )


def probed(document: Document) -> Said:
    """Return what a report of `repro probe` says."""
    found = [one for one in document.get("findings") or () if not (one["numeric"] and one["held"])]
    if not found:
        return Said(answer=document.get("verdict", ""), text=str(document.get("error") or ""))
    place = next(iter(found[0]["places"]), {})
    return Said(
        answer="depends",
        causes=(f"line:{place['line']}",) if place else (),
        kind=found[0]["variations"][0],
        remedy=place.get("cure", ""),
        text=f"{found[0]['variations'][0]}, {place.get('file')}:{place.get('line')} {place.get('what')}",
    )
