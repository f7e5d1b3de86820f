# SPDX-License-Identifier: Apache-2.0
"""`repro pack`: what the last run proved, as one file for an auditor, and the check of such a file."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from repro_action.errors import ReproError
from repro_action.evidence.pack.checker.archive_form import Fault
from repro_action.evidence.pack.checker.pack_items import SIGNATURE, artifact_faults, check
from repro_action.evidence.pack.checker.program import map_file
from repro_action.evidence.pack.contents import PackSources, safe
from repro_action.evidence.pack.pack import Signer, make_pack
from repro_action.evidence.pack.redaction import redacted
from repro_action.evidence.verified_run import VerifiedRun
from repro_action.files import read_regular, write_atomically
from repro_action.flows.verified_run import NotVerified, verified_run
from repro_action.paths.secret_names import may_be_secret
from repro_action.runs.project import Project

AUTHORS = "MODEL_CARD.md"
"""What people wrote for the model card, beside the configuration."""
ARTIFACTS_LIMIT = 1 << 30
"""Bytes of the model's files that a pack takes in."""


class PackUnreadable(ReproError):
    """There is no pack where one is to be checked, or a key that cannot be used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PackRequest:
    """What a pack is made of.

    Attributes:
        output: where it goes; None for a name made from the model's and the commit, in the working directory.
        with_artifacts: whether the model's files go in.
        sign: signs the manifest; None for a pack without a signature.
        statements: file name → statement that goes in.
        environ: variables, of which those that are called like secrets are taken out of logs.
    """

    output: Path | None = None
    with_artifacts: bool = False
    sign: Signer | None = None
    statements: Mapping[str, bytes]
    environ: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """A pack that was written.

    Attributes:
        path: of the file.
        size: bytes.
        sha256: of them.
        run: what it is of.
        signed: whether its manifest is signed.
    """

    path: Path
    size: int
    sha256: str
    run: VerifiedRun
    signed: bool


def pack(project: Project, request: PackRequest) -> Packed:
    """Write the pack of the last run.

    Raises:
        NotVerified: it proved nothing, or its files are not what it made any more.
        PackTooLarge: the model's files take too much room.
        LinkRefused: there is a link where the pack should go.
    """
    from repro_action.digest import digest_bytes

    run = verified_run(project)
    data = make_pack(_sources(project, run, request), request.sign)
    name = f"{safe(run.name)}-{run.source.commit[:12]}.pack.zip"
    path = request.output or Path(name)
    write_atomically(path, data)
    digest = digest_bytes("sha256", data).value
    return Packed(path=path, size=len(data), sha256=digest, run=run, signed=request.sign is not None)


def _sources(project: Project, run: VerifiedRun, request: PackRequest) -> PackSources:
    config, store = project.config, project.store
    return PackSources(
        run=run,
        report=read_regular(store.folder / "report.json"),
        record=read_regular(store.candidate_path),
        baseline=_committed(config.baseline_path, run.baseline_sha256.value),
        config=_committed(config.path, run.config_sha256.value),
        locks=_locks(project),
        logs=_logs(project, request.environ),
        authors=_authors(project),
        statements=request.statements,
        artifacts=_artifacts(project, run) if request.with_artifacts else {},
    )


def _committed(path: Path, sha256: str) -> bytes:
    """Read a file that is still as it was when the run was taken as verified.

    Raises:
        NotVerified: it is not.
    """
    from repro_action.digest import digest_bytes

    content = read_regular(path)
    if digest_bytes("sha256", content).value != sha256:
        raise NotVerified(f"{path.name} was changed meanwhile", remedy="Run `repro pack` again.")
    return content


def _locks(project: Project) -> dict[str, bytes]:
    """Return the files that lock the environment, as far as they lie in the project or its repository."""
    config = project.config
    top = project.history.top or config.root
    places = [config.root / config.environment.lock] if config.environment.lock else []
    places += [folder / "flake.lock" for folder in (config.root, top)]
    found: dict[str, bytes] = {}
    for place in places:
        if place.is_file() and not place.is_symlink():
            name = os.path.relpath(place, config.root).replace(os.sep, "/").replace("../", "up-")
            found.setdefault(name, read_regular(place))
    return found


def _logs(project: Project, environ: Mapping[str, str]) -> dict[str, bytes]:
    """Return the logs of the last run, which is the one that the report is of, without secrets."""
    secrets = [
        os.fsencode(value)
        for name, value in environ.items()
        if len(value) >= 8 and may_be_secret(_plain(name))
    ]
    folder = project.store.last_run()
    if folder is None:
        return {}
    found: dict[str, bytes] = {}
    for step in project.config.steps:
        place = folder / "logs" / f"{step.name}.log"
        if place.is_file() and not place.is_symlink():
            found[step.name] = redacted(read_regular(place), secrets)
    return found


def _plain(variable: str) -> str:
    # Names of files are in small letters with dashes; `GITHUB_TOKEN` is called as `github-token` is.
    return re.sub("_", "-", variable.lower())


def _authors(project: Project) -> str:
    """Return what people wrote for the model card, where it is committed as it is."""
    place, top = project.config.root / AUTHORS, project.history.top
    if top is None or not place.is_file() or place.is_symlink():
        return ""
    path = os.path.relpath(place, top).replace(os.sep, "/")
    if path in project.history.uncommitted_files():
        raise NotVerified(f"{path} is not committed as it is", remedy="Commit it, then run `repro verify`.")
    return read_regular(place).decode("utf-8", "replace")


def _artifacts(project: Project, run: VerifiedRun) -> dict[str, bytes]:
    from repro_action.evidence.pack.archive import PackTooLarge

    total = sum(file.size for file in run.files)
    if total > ARTIFACTS_LIMIT:
        raise PackTooLarge(
            f"the model's files have {total} bytes, and a pack takes {ARTIFACTS_LIMIT}",
            remedy="Leave out --with-artifacts: the pack has their digests, and they are checked beside it.",
        )
    return {
        file.sha256.value: _committed(project.config.root / file.path, file.sha256.value)
        for file in run.files
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedPack:
    """What a check of a pack found.

    Attributes:
        faults: everything that is wrong with it, by item.
        name, commit, level, fingerprint: what it says of itself; empty where its manifest is damaged.
        items: how many it has.
        signed: whether it brings a signature.
    """

    faults: tuple[Fault, ...]
    name: str
    commit: str
    level: str
    fingerprint: str
    items: int
    signed: bool

    @property
    def exit_code(self) -> int:
        """0 where nothing is wrong, else 1."""
        return 1 if self.faults else 0


def check_pack(path: Path, *, artifacts: Path | None = None) -> CheckedPack:
    """Check a pack, and files of the model beside it, without a network; nothing of it is extracted or run.

    Raises:
        PackUnreadable: there is no such file.
    """
    try:
        found = check(map_file(path))
    except OSError as error:
        raise PackUnreadable(f"{path} cannot be read: {error.strerror}", remedy="Name a pack.") from error
    faults = list(found.faults)
    if artifacts is not None:
        faults += artifact_faults(found.manifest, artifacts)
    texts = {key: str(found.manifest.get(key, "")) for key in ("name", "commit", "level", "fingerprint")}
    signed = SIGNATURE in found.members
    return CheckedPack(faults=tuple(faults), items=len(found.members), signed=signed, **texts)
