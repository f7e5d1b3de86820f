# SPDX-License-Identifier: Apache-2.0
"""`repro pack`: what the last run proved, as one file for an auditor, and the check of such a file."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from repro_action.errors import ReproError
from repro_action.evidence.claims import KNOWN_PREDICATES, claims_of
from repro_action.evidence.envelope import read_envelope
from repro_action.evidence.pack.checker.archive_form import Fault
from repro_action.evidence.pack.checker.pack_items import (
    SIGNATURE,
    STATEMENTS,
    Checked,
    artifact_faults,
    check,
    signature_faults,
)
from repro_action.evidence.pack.checker.program import map_file
from repro_action.evidence.pack.contents import PackSources, safe
from repro_action.evidence.pack.pack import make_pack
from repro_action.evidence.pack.redaction import redacted, secrets_of
from repro_action.evidence.provenance import provenance
from repro_action.evidence.statement import read_statement
from repro_action.evidence.strict_json import MAX_BYTES, EvidenceRefused
from repro_action.evidence.verification_result import verification_result
from repro_action.evidence.verified_run import VerifiedRun
from repro_action.files import read_regular, write_atomically
from repro_action.flows.attest import SUFFIX, authors_of, named_statements
from repro_action.flows.receipts import FOLDER, find_receipts
from repro_action.flows.verified_run import NotVerified, verified_run
from repro_action.runs.project import Project
from repro_action.signing.envelopes import sign_statement
from repro_action.signing.port import Signer, Verifier

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
        signer: signs the manifest and the statements; None for a pack without signatures.
        added: files with statements of others, such as bundles that were signed on GitHub.
        environ: variables, of which those that are called like secrets are taken out of logs.
    """

    output: Path | None = None
    with_artifacts: bool = False
    signer: Signer | None = None
    added: Sequence[Path] = ()
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
    signer = request.signer
    data = make_pack(
        _sources(project, run, request), partial(sign_statement, signer=signer) if signer else None
    )
    _require_sound(data)
    name = f"{safe(run.name)}-{run.source.commit[:12]}.pack.zip"
    path = request.output or Path(name)
    write_atomically(path, data)
    digest = digest_bytes("sha256", data).value
    return Packed(path=path, size=len(data), sha256=digest, run=run, signed=signer is not None)


def _sources(project: Project, run: VerifiedRun, request: PackRequest) -> PackSources:
    config, store, signer = project.config, project.store, request.signer
    return PackSources(
        run=run,
        report=read_regular(store.folder / "report.json"),
        record=read_regular(store.candidate_path),
        baseline=_committed(config.baseline_path, run.baseline_sha256.value),
        config=_committed(config.path, run.config_sha256.value),
        locks=_locks(project),
        logs=_logs(project, request.environ),
        authors=authors_of(project),
        statements={**_statements(run, signer), **_added(request.added)},
        receipts=_receipts(project),
        artifacts=_artifacts(project, run) if request.with_artifacts else {},
    )


def _require_sound(data: bytes) -> None:
    """Refuse to hand out a pack that would not pass its own check.

    Raises:
        NotVerified: an item contradicts another, such as a statement about other files.
    """
    found = check(data)
    for fault in [*found.faults, *_claim_faults(found)]:
        raise NotVerified(
            f"{fault.item} does not fit the run: {fault.what}",
            remedy="Leave it out; make statements of the last run with `repro attest`.",
        )


def _statements(run: VerifiedRun, signer: Signer | None) -> dict[str, bytes]:
    """Return what is stated of the run: signed where there is a key, plain statements where there is none."""
    if signer is None:
        stated = {"provenance": provenance(run), "verification": verification_result(run)}
        return {f"{name}.statement.json": one.payload() + b"\n" for name, one in stated.items()}
    return {
        f"{name}{SUFFIX}": sign_statement(one, signer).encode("utf-8")
        for name, one in named_statements(run, signer).items()
    }


def _receipts(project: Project) -> dict[str, bytes]:
    """Return the receipts of the last run's materials that a listed key signed: also those that disagree."""
    found = find_receipts(project).tally
    if found is None:
        return {}
    named = [*found.confirming, *(one.signed for one in found.disagreeing)]
    return {one.file: read_regular(project.config.root / FOLDER / one.file) for one in named}


def _added(files: Sequence[Path]) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for file in files:
        name = f"added-{safe(file.name.removesuffix('.json'))}.json"
        try:
            content = read_regular(file) if file.stat().st_size <= MAX_BYTES else b""
        except OSError as error:
            raise PackUnreadable(f"{file} cannot be read: {error.strerror}") from error
        if name in found or not content:
            raise PackUnreadable(f"{file} is too large, empty, or there twice")
        found[name] = content
    return found


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
    secrets = secrets_of(environ)
    folder = project.store.last_run()
    if folder is None:
        return {}
    found: dict[str, bytes] = {}
    for step in project.config.steps:
        place = folder / "logs" / f"{step.name}.log"
        if place.is_file() and not place.is_symlink():
            found[step.name] = redacted(read_regular(place), secrets)
    return found


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


def _claim_faults(found: Checked) -> Iterator[Fault]:
    """Find statements that claim another commit or model than the pack, such as replayed ones.

    Statements of kinds that are not known here claim nothing.
    """
    for name, content in found.members.items():
        if not name.startswith(STATEMENTS):
            continue
        try:
            data = bytes(content)
            statement = read_statement(read_envelope(data).payload if b'"payload"' in data else data)
            claims = claims_of(statement) if statement.predicate_type in KNOWN_PREDICATES else None
        except EvidenceRefused as error:
            yield Fault(name, error.what)
            continue
        if claims is not None and claims.commit not in {"", found.manifest.get("commit")}:
            yield Fault(name, "it is of another commit")
        if claims is not None and claims.model not in {"", found.manifest.get("name")}:
            yield Fault(name, "it is of another model")


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


def check_pack(path: Path, *, artifacts: Path | None = None, keys: Sequence[Verifier] = ()) -> CheckedPack:
    """Check a pack, and files of the model beside it, without a network; nothing of it is extracted or run.

    Args:
        path: of the pack.
        artifacts: folder with the model's files; None to check the pack alone.
        keys: public keys of which one must have signed; none to verify no signature.

    Raises:
        PackUnreadable: there is no such file.
    """
    try:
        found = check(map_file(path))
    except OSError as error:
        raise PackUnreadable(f"{path} cannot be read: {error.strerror}", remedy="Name a pack.") from error
    faults = [*found.faults, *_claim_faults(found)]
    if artifacts is not None:
        faults += artifact_faults(found.manifest, artifacts)
    if keys:
        faults += signature_faults(found.members, keys)
    texts = {key: str(found.manifest.get(key, "")) for key in ("name", "commit", "level", "fingerprint")}
    signed = SIGNATURE in found.members
    return CheckedPack(faults=tuple(faults), items=len(found.members), signed=signed, **texts)
