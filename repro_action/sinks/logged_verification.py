# SPDX-License-Identifier: Apache-2.0
"""What a tracker gets of one report, whichever tracker it is."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from repro_action.fingerprint import Fingerprint, MaterialKind
from repro_action.report.bundle import Entry
from repro_action.sinks.protocol import Publication
from repro_action.tree import Scalar
from repro_action.verdict import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedVerification:
    """One verification as a run of a tracker; a text that is not known is empty.

    Attributes:
        name: that people see.
        identity: SHA-256 of the report: the same report is the same run.
        verdict: of the report.
        headline: of the report.
        config, baseline: paths of the files.
        fingerprint: of what was made.
        baseline_commit: commit of the baseline that it was compared with.
        version: of repro.
        commit, branch: that was trained.
        seconds: that the steps took.
        dirty: whether there were uncommitted changes; None where the commit is unknown.
        params: `file: name` → value.
        metrics: name → number; with the file before it where there are several.
        files: path → content of what belongs to the run.
    """

    name: str
    identity: str
    verdict: Verdict
    headline: str
    config: str
    baseline: str = ""
    fingerprint: str = ""
    baseline_commit: str = ""
    version: str = ""
    commit: str = ""
    branch: str = ""
    seconds: float = 0.0
    dirty: bool | None = None
    params: Mapping[str, Scalar] = field(default_factory=dict)
    metrics: Mapping[str, int | float] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)

    @classmethod
    def of(cls, entry: Entry, publication: Publication) -> LoggedVerification:
        """Return the run of one report of a publication."""
        found = entry.report
        before = found.claim.before if found.claim is not None else None
        after = found.claim.after if found.claim is not None else None
        commit = publication.commit or (after.revision if after is not None else "")
        fingerprint = entry.fingerprint or found.fingerprint
        files = _files(entry)
        made = _made(entry)
        return cls(
            name=f"{found.name} {found.verdict.value.replace('_', ' ')} {fingerprint[:12]}".strip(),
            identity=hashlib.sha256(files[REPORT]).hexdigest(),
            verdict=found.verdict,
            headline=found.headline,
            config=entry.config,
            baseline=entry.baseline,
            fingerprint=fingerprint,
            baseline_commit=publication.baseline_commit or (before.revision if before is not None else ""),
            version=found.tool,
            commit=commit,
            branch=publication.branch,
            seconds=sum(step.seconds or 0.0 for step in found.steps),
            dirty=bool(after and after.uncommitted) if commit else None,
            params=made.materials.get(MaterialKind.PARAMS, {}) if made is not None else {},
            metrics=_metrics(made) if made is not None else {},
            files=files,
        )


REPORT = "repro/report.json"
"""Path of the report as data."""


def _made(entry: Entry) -> Fingerprint | None:
    platforms = entry.candidate.platforms.values() if entry.candidate is not None else ()
    return next(iter(platforms), None)


def _metrics(fingerprint: Fingerprint) -> dict[str, int | float]:
    several = len(fingerprint.metrics) > 1
    return {
        f"{file}: {name}" if several else name: value
        for file, values in fingerprint.metrics.items()
        for name, value in values.items()
        if isinstance(value, int | float) and not isinstance(value, bool)
    }


def _files(entry: Entry) -> dict[str, bytes]:
    from repro_action.codec.baseline import dump
    from repro_action.report.json import report as json_report
    from repro_action.report.render.markdown import report as markdown_report

    files = {
        REPORT: json_report.dump(entry.report).encode(),
        # Trackers show Markdown, and the HTML of folds as it is written.
        "repro/report.md": markdown_report.render(entry.report, folds=False).encode(),
    }
    if entry.candidate is not None:
        files["repro/candidate.json"] = dump(entry.candidate).encode()
    return files
