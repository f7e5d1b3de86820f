# SPDX-License-Identifier: Apache-2.0
"""From what `repro verify` left to a `VerifiedRun`; whatever is not proven is refused with its reason."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from repro_action.codec.baseline import fingerprint_id
from repro_action.config.model import Config
from repro_action.data.hash_file import digest_file
from repro_action.data.hash_folder import digest_folder
from repro_action.digest import Digest
from repro_action.environments.lock import read_lock
from repro_action.errors import ReproError
from repro_action.evidence.verified_run import (
    GitSource,
    MatchLevel,
    ModelFile,
    StepFiles,
    VerifiedRun,
)
from repro_action.files import read_regular
from repro_action.fingerprint import Fingerprint, Product
from repro_action.git_command import read_git
from repro_action.report.json.report import load as load_report
from repro_action.report.model import Flavour, Report, StepState
from repro_action.runs.project import Project
from repro_action.verdict import Verdict

_SSH = re.compile(r"(?:ssh://)?[A-Za-z0-9_.-]+@([A-Za-z0-9.-]+)[:/](?!/)([A-Za-z0-9._/-]+)")

_NOT_NAME = re.compile(r"[^A-Za-z0-9._-]")
_SEPARATORS = re.compile(r"[-_.]+")
_HASH = re.compile(r" --hash=(\S+)")


class NotVerified(ReproError):
    """The last run proves nothing that a statement could say."""


def verified_run(project: Project) -> VerifiedRun:
    """Return what the last run of a project proved.

    Raises:
        NotVerified: it did not match the baseline, was not trained here, consumed files that are not
            committed, or its files are no longer what it made.
    """
    config = project.config
    report, fingerprint = _report(project), project.store.candidate(config.name)
    _require_match(report)
    if fingerprint is None or fingerprint_id(fingerprint) != report.fingerprint:
        raise NotVerified(
            "the report and the record of the last run are not of the same run",
            remedy="Run `repro verify` again.",
        )
    return VerifiedRun(
        report=report,
        fingerprint=fingerprint,
        fingerprint_id=report.fingerprint,
        level=_level(report),
        source=_source(project, report),
        config=config.path.relative_to(config.root).as_posix(),
        config_sha256=digest_file(config.path, "sha256"),
        baseline=config.baseline,
        baseline_sha256=digest_file(config.baseline_path, "sha256"),
        files=_files(config, fingerprint),
        commands={step.name: step.run for step in config.steps},
        data={pin.path: pin.digest for pin in config.data},
        step_files={
            step.name: StepFiles(inputs=step.inputs, params=step.params, outputs=step.outputs)
            for step in config.steps
        },
        locked=_locked(config),
    )


def _locked(config: Config) -> dict[str, tuple[Digest, ...]]:
    """Return what the lock of a virtual environment says of its packages."""
    if config.environment.backend != "venv" or not config.environment.lock:
        return {}
    found: dict[str, tuple[Digest, ...]] = {}
    for line in read_lock(config).requirements:
        name = _NOT_NAME.split(line, maxsplit=1)[0]
        hashes = tuple(Digest.parse(one) for one in _HASH.findall(line))
        found[_SEPARATORS.sub("-", name).lower()] = hashes
    return found


def _report(project: Project) -> Report:
    try:
        text = read_regular(project.store.folder / "report.json").decode("utf-8", "replace")
    except FileNotFoundError:
        raise NotVerified(
            "there is no finished run", remedy="Run `repro verify` first: it trains, and compares."
        ) from None
    return load_report(text)


def _require_match(report: Report) -> None:
    if report.verdict not in {Verdict.REPRODUCED, Verdict.EQUIVALENT}:
        raise NotVerified(
            f"the last run is {report.verdict.value.replace('_', ' ')}: it proves nothing",
            remedy="Make `repro verify` pass first; `repro accept` makes the last run the baseline.",
        )
    require_trained(report)


def require_trained(report: Report) -> None:
    """Refuse a result that was taken from an earlier run, whole or of single steps.

    Raises:
        NotVerified: it was.
    """
    if report.verified_in is not None:
        raise NotVerified(
            "the model was not trained in the last run, but taken as verified from an earlier one",
            remedy="Run `repro verify` here: a statement is of a run that trained.",
        )
    reused = [step.name for step in report.steps if step.state is not StepState.RAN]
    if reused:
        named = f"{', '.join(reused[:3])}{' and more' if len(reused) > 3 else ''}"
        raise NotVerified(
            f"{named} did not run in the last run, but took outputs of an earlier one",
            remedy="Run `repro verify` without --reuse: a statement is of a run that trained.",
        )


def _level(report: Report) -> MatchLevel:
    if report.verdict is Verdict.EQUIVALENT:
        return MatchLevel.WITHIN_TOLERANCE
    exact = report.flavour is not Flavour.BYTES_ONLY and not (report.claim and report.claim.artifacts)
    return MatchLevel.BIT_IDENTICAL if exact else MatchLevel.LEAF_IDENTICAL


def _source(project: Project, report: Report) -> GitSource:
    config = project.config
    after = report.claim.after if report.claim is not None else None
    ran = after.revision if after is not None else ""
    source = source_of(project, after.uncommitted if after is not None else (), ran=ran)
    _require_older((config.path, config.baseline_path), project.store.folder / "report.json")
    return source


def source_of(
    project: Project, uncommitted: tuple[str, ...], *, ran: str, baseline: bool = True
) -> GitSource:
    """Return the commit that a run was of.

    Args:
        project: whose run it was.
        uncommitted: files that it consumed and that are not as in the commit.
        ran: beginning of the commit that it was of.
        baseline: whether the baseline must be that of the commit, too.

    Raises:
        NotVerified: no commit holds what was run, or another one is checked out.
    """
    history, config = project.history, project.config
    commit = history.commit("HEAD")
    top = history.top
    if commit is None or top is None:
        raise NotVerified(
            "the project is in no git repository, so no commit can be named",
            remedy="Commit the project, and run `repro verify` again.",
        )
    if not ran or not commit.startswith(ran):
        raise NotVerified(
            f"the last run was of commit {ran or 'unknown'}, and {commit[:12]} is checked out",
            remedy="Run `repro verify` again at this commit.",
        )
    own = (config.path, config.baseline_path) if baseline else (config.path,)
    dirty = uncommitted + tuple(path.name for path in own if not history.has_committed(path.name, path))
    if dirty:
        raise NotVerified(
            f"{', '.join(dirty[:3])}{' and more' if len(dirty) > 3 else ''} differ from commit {commit[:12]}",
            why="A statement names the commit that others can build; they would build another one.",
            remedy="Commit them, and run `repro verify` again.",
        )
    folder = os.path.relpath(config.root, top).replace(os.sep, "/")
    return GitSource(
        commit=commit,
        repository=_repository(config.root),
        project="" if folder == "." else folder,
        committed=_committed(config.root, commit),
    )


def _require_older(files: tuple[Path, ...], report: Path) -> None:
    """Refuse a configuration or baseline that was written after the run that was compared with it."""
    ended = report.stat().st_mtime_ns
    newer = [path.name for path in files if path.stat().st_mtime_ns > ended]
    if newer:
        raise NotVerified(
            f"{' and '.join(newer)} was written after the last run",
            why="The run may have been compared with another one.",
            remedy="Run `repro verify` again.",
        )


def _committed(root: Path, commit: str) -> str:
    """Return when a commit was made, in UTC."""
    found = read_git(root, "show", "--no-patch", "--format=%ct", commit)
    seconds = int(found.decode().strip()) if found else 0
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _repository(root: Path) -> str:
    """Return the address of `origin` as others can use it: https, without login, query or fragment."""
    found = read_git(root, "config", "--get", "remote.origin.url")
    text = found.decode("utf-8", "replace").strip() if found else ""
    match = _SSH.fullmatch(text)
    if match is not None:
        return f"https://{match[1]}/{match[2].removesuffix('.git')}"
    try:
        parts = urlsplit(text)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return ""
    return urlunsplit((parts.scheme, parts.hostname + port, parts.path.removesuffix(".git"), "", ""))


def _files(config: Config, fingerprint: Fingerprint) -> tuple[ModelFile, ...]:
    found = [
        file for path, product in fingerprint.products.items() for file in _files_of(config, path, product)
    ]
    return tuple(sorted(found, key=lambda file: file.path))


def _files_of(config: Config, path: str, product: Product) -> list[ModelFile]:
    root = config.root
    place = root / path
    if place.is_symlink() or not place.exists():
        raise NotVerified(
            f"{path} is no longer there as a file of its own", remedy="Run `repro verify` again."
        )
    if _digest(config, path, product) != product.digest:
        raise NotVerified(
            f"{path} is no longer what the last run made",
            remedy="Run `repro verify` again, and change nothing before the statement is made.",
        )
    places = sorted(inner for inner in place.rglob("*") if not inner.is_dir()) if place.is_dir() else [place]
    return [_file(root, each, path) for each in places]


def _digest(config: Config, path: str, product: Product) -> Digest:
    """Return the digest of a product as it is now, of the kind that was recorded."""
    place = config.root / path
    if product.by_tree:
        from repro_action.runs.products import read_elsewhere

        return read_elsewhere(config, path, place, step=product.step)[1].digest
    read = digest_folder if place.is_dir() else digest_file
    return read(place, product.digest.algorithm)


def _file(root: Path, place: Path, product: str) -> ModelFile:
    if place.is_symlink():
        raise NotVerified(f"{place.relative_to(root).as_posix()} is a link", remedy="Write the file itself.")
    digest: Digest = digest_file(place, "sha256")
    size = place.stat().st_size
    return ModelFile(path=place.relative_to(root).as_posix(), product=product, size=size, sha256=digest)
