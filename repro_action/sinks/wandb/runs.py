# SPDX-License-Identifier: Apache-2.0
"""One run in Weights & Biases for each report: parameters, metrics, verdict, and the report itself."""

from __future__ import annotations

import math
import re
import shutil
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from repro_action.config.services import WandbConfig
from repro_action.errors import SinkError
from repro_action.sinks.logged_verification import LoggedVerification
from repro_action.sinks.protocol import Delivery, Publication
from repro_action.sinks.settings import SinkSettings
from repro_action.sinks.wandb.process import WandbAnswer, log_run
from repro_action.text import clean
from repro_action.verdict import Verdict

PARAMS, METRICS = 1_000, 1_000
"""Of one run; what is beyond is in the report, which is one of its files."""

_ID, _NAME = 32, 120
"""Characters of a run's id, of its name and of a project's."""

_MODES = {"": "online", "run": "online", "dryrun": "offline"}
"""Other words of WANDB_MODE."""

_FORBIDDEN = re.compile(r"[/\\\\#?%:]")
"""What names of projects have not."""

_FOLDER = Path(".repro", "wandb")


@dataclass(frozen=True, slots=True, kw_only=True)
class WandbRuns:
    """Logs every report of a publication as a run of one project.

    Attributes:
        config: of the project.
        environ: the caller's variables, with the rights.
        root: of the checkout; runs that W&B does not get are kept below it.
        python: the interpreter whose library is used: repro's own.
    """

    config: WandbConfig = field(default_factory=WandbConfig)
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)
    root: Path = field(default_factory=Path)
    python: str = sys.executable
    name: str = "wandb"

    @classmethod
    def of(cls, settings: SinkSettings) -> WandbRuns:
        """Return the sink for the configuration and the variables of the settings."""
        config = settings.wandb or WandbConfig()
        return cls(config=config, environ=settings.environ, root=settings.root)

    @property
    def mode(self) -> str:
        """`online`, `offline` or `disabled`: what the configuration says, or else WANDB_MODE."""
        said = self.config.mode or self.environ.get("WANDB_MODE", "").lower()
        return _MODES.get(said, said)

    def publish(self, publication: Publication) -> Delivery:
        """Log the runs; one that is logged twice replaces itself.

        Raises:
            SinkError: the user is not logged in, the library is not installed, or W&B does not take it.
            OSError: the folder for runs without network cannot be written.
        """
        if self.mode == "disabled":
            return Delivery(sink=self.name, outcome="disabled")
        if self.mode not in {"online", "offline"}:
            raise SinkError(
                f"WANDB_MODE is {clean(self.mode, 40)!r}, which is neither online, offline nor disabled",
                remedy='Set it to one of them, or `mode = "online"` or "offline" under [track.wandb].',
            )
        url, made = "", 0
        for entry in publication.bundle.entries:
            run = LoggedVerification.of(entry, publication)
            if self.mode == "online" or not self._kept(run):
                url, made = self._logged(run, entry.report.name), made + 1
        return Delivery(sink=self.name, url=url, outcome="logged" if made else "unchanged")

    def _kept(self, run: LoggedVerification) -> bool:
        """Whether an offline run of this report is there."""
        return any((self.root / _FOLDER).glob(f"offline-run-*-{_identifier(run)}"))

    def _logged(self, run: LoggedVerification, project: str) -> str:
        answer, kept = self._log(self.mode, run, project)
        if answer.outcome == "logged":
            # The address has names that the server chose.
            return clean(answer.url, 300) or kept
        if answer.outcome == "failed" and self.mode == "online" and not self._kept(run):
            # What a server did not begin is not whole: it is written once more, without one.
            kept = self._log("offline", run, project)[1]
        raise _error(answer, kept)

    def _log(self, mode: str, run: LoggedVerification, project: str) -> tuple[WandbAnswer, str]:
        """Return what became of a run, and where it is kept; empty where it is not."""
        # The library reads settings, among them its server's address, in a folder `wandb` of where it is,
        # and a pull request can bring one: it is given an empty folder.
        with tempfile.TemporaryDirectory(prefix="repro-wandb-") as name:
            folder = Path(name)
            request = {"mode": mode, **self._request(run, project, folder)}
            answer = log_run(self.python, request, folder, self.environ)
            whole = mode == "offline" and answer.outcome == "logged"
            return answer, self._keep(folder) if whole else ""

    def _keep(self, folder: Path) -> str:
        """Move the offline run that the library wrote to the project; returns where it is."""
        made = next((folder / "wandb").glob("offline-run-*"))
        target = self.root / _FOLDER / made.name
        if any(part.is_symlink() for part in (target.parent, target.parent.parent)):
            raise SinkError(
                f"{_FOLDER.as_posix()} is a link, and the run for W&B is not written behind it",
                remedy="Remove the link. The verdict stands.",
            )
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(made, target)
        return (_FOLDER / made.name).as_posix()

    def _request(self, run: LoggedVerification, project: str, folder: Path) -> dict[str, object]:
        named = self.config.project or self.environ.get("WANDB_PROJECT", "") or project
        commit = run.commit or None
        return {
            "settings": {"root_dir": str(folder), "run_id": _identifier(run), "git_commit": commit},
            "run": {
                "project": clean(_FORBIDDEN.sub("_", named), _NAME),
                "entity": self.config.entity or self.environ.get("WANDB_ENTITY") or None,
                "name": clean(run.name, _NAME),
                "notes": clean(run.headline, 1_000),
                "tags": ["repro", run.verdict.value],
                "job_type": "verify",
            },
            "config": _config(run),
            "summary": _summary(run),
            "files": {path: data.decode("utf-8", "replace") for path, data in run.files.items()},
            "exit": 1 if run.verdict is Verdict.FAILED else 0,
        }


def _config(run: LoggedVerification) -> dict[str, object]:
    known = {
        "config": run.config,
        "commit": run.commit,
        "uncommitted": run.dirty,
        "version": run.version,
    }
    params = {key: _plain(value) for key, value in islice(run.params.items(), PARAMS)}
    return {**params, "repro": {key: value for key, value in known.items() if value not in ("", None)}}


def _summary(run: LoggedVerification) -> dict[str, object]:
    known = {
        "repro/verdict": run.verdict.value,
        "repro/fingerprint": run.fingerprint,
        "repro/baseline": run.baseline,
        "repro/baseline_commit": run.baseline_commit,
    }
    metrics = {key: _plain(value) for key, value in islice(run.metrics.items(), METRICS)}
    return {**metrics, **{key: value for key, value in known.items() if value}}


def _identifier(run: LoggedVerification) -> str:
    return run.identity[:_ID]


def _plain(value: object) -> object:
    """Return a value as strict JSON has it."""
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")
    return value


def _error(answer: WandbAnswer, kept: str) -> SinkError:
    if answer.outcome == "absent":
        return SinkError(
            "the run is not in W&B: the package wandb is not installed beside repro",
            remedy="Install it: `pip install 'repro-action[wandb]'`. The verdict stands.",
        )
    if answer.outcome == "rights":
        return SinkError(
            "the run is not in W&B: nobody is logged in there",
            remedy='Run `wandb login` or set WANDB_API_KEY; or set `mode = "offline"` under [track.wandb].',
        )
    remedy = "Check WANDB_API_KEY, WANDB_BASE_URL, entity and project, and the network. The verdict stands."
    if kept:
        remedy = f"It is kept: `wandb sync {kept}` sends it. {remedy}"
    return SinkError("W&B did not take the run", why=answer.error, remedy=remedy)
