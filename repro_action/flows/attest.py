# SPDX-License-Identifier: Apache-2.0
"""`repro attest`: what a verified run proved as signed statements, and whether such statements hold."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from repro_action.codec.canonical import indented
from repro_action.data.hash_file import digest_file
from repro_action.errors import PinError, ReproError
from repro_action.evidence.bill_of_materials import bill_statement
from repro_action.evidence.claims import Claims, claims_of
from repro_action.evidence.envelope import read_envelope
from repro_action.evidence.expectations import ExpectedClaims, check
from repro_action.evidence.model_card import AUTHORS, model_card
from repro_action.evidence.model_signature import IGNORED, model_signatures
from repro_action.evidence.provenance import provenance
from repro_action.evidence.statement import InTotoStatement, StatementSubject, read_statement
from repro_action.evidence.strict_json import MAX_BYTES, EvidenceRefused
from repro_action.evidence.verification_result import verification_result
from repro_action.evidence.verified_run import VerifiedRun
from repro_action.files import read_regular, write_atomically
from repro_action.flows.verified_run import NotVerified
from repro_action.paths.names import refusal
from repro_action.runs.project import Project
from repro_action.signing.envelopes import sign_statement, verified_payload
from repro_action.signing.keyless import Identity, verified_keyless
from repro_action.signing.own_keys import ECDSA
from repro_action.signing.port import Signer, Verifier

SUFFIX = ".sigstore.json"
MODEL_CARD = "model_card.md"

_MAX_ENVELOPE = 2 * MAX_BYTES
_MAX_FILES = 100_000
_PLAIN = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Attested:
    """What was written.

    Attributes:
        files: their paths.
        card: the model card; None where none was.
        keyid: of the key that signed them; empty where none did.
        unsigned_model: whether the model's files got no signature, as the key does not serve for it.
    """

    files: tuple[Path, ...]
    card: Path | None = None
    keyid: str = ""
    unsigned_model: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptedStatement:
    """A statement that holds.

    Attributes:
        claims: what it says.
        signed_by: id of a key, or an identity.
        compared: whether its files were compared with those on this machine.
    """

    claims: Claims
    signed_by: str
    compared: bool


def attest(run: VerifiedRun, signer: Signer, folder: Path, *, authors: str = "") -> Attested:
    """Sign what a run proved, into files of a folder, and write its model card beside them.

    Args:
        run: what was proven.
        signer: the key.
        folder: that receives them.
        authors: Markdown of people for the model card, by `authors_of`.

    Raises:
        LinkRefused: a file there is a symbolic link.
        OSError: the folder cannot be written.
    """
    written = []
    for name, statement in named_statements(run, signer).items():
        path = folder / f"{name}{SUFFIX}"
        write_atomically(path, sign_statement(statement, signer))
        written.append(path)
    card = folder / MODEL_CARD
    write_atomically(card, model_card(run, authors))
    return Attested(
        files=tuple(written), card=card, keyid=signer.public.keyid, unsigned_model=not _serves(signer)
    )


def authors_of(project: Project) -> str:
    """Return what people wrote for the model card, where it is committed as it is.

    Raises:
        NotVerified: it is not committed as it is.
    """
    place, top = project.config.root / AUTHORS, project.history.top
    if top is None or not place.is_file() or place.is_symlink():
        return ""
    path = os.path.relpath(place, top).replace(os.sep, "/")
    if path in project.history.uncommitted_files():
        raise NotVerified(f"{path} is not committed as it is", remedy="Commit it, then run `repro verify`.")
    return read_regular(place).decode("utf-8", "replace")


def named_statements(run: VerifiedRun, signer: Signer) -> dict[str, InTotoStatement]:
    """Return name of a file → what a key signs of a run; models only where it serves for them."""
    named = _of_the_run(run)
    return named | _named_signatures(run) if _serves(signer) else named


def _of_the_run(run: VerifiedRun) -> dict[str, InTotoStatement]:
    return {
        "provenance": provenance(run),
        "verification": verification_result(run),
        "bill-of-materials": bill_statement(run),
    }


def _serves(signer: Signer) -> bool:
    """Whether a key is of the type that OpenSSF Model Signing takes."""
    return signer.public.algorithm == ECDSA


def write_predicates(run: VerifiedRun, folder: Path) -> Attested:
    """Write what a run proved for another tool to sign, such as GitHub's action `attest`.

    Raises:
        LinkRefused: a file there is a symbolic link.
        OSError: the folder cannot be written.
    """
    written = []
    for name, statement in _of_the_run(run).items():
        path = folder / f"{name}.predicate.json"
        write_atomically(path, indented(statement.predicate))
        written.append(path)
    subjects = folder / "subjects.sha256"
    lines = [f"{file.sha256.value}  {file.path}\n" for file in run.files]
    write_atomically(subjects, "".join(lines))
    return Attested(files=(*written, subjects))


def verify_statement(
    file: Path,
    signed_by: Sequence[Verifier] | Identity,
    expected: ExpectedClaims,
    files: Path | None,
    *,
    project: bool = False,
) -> AcceptedStatement:
    """Check a signed statement; the network is not used.

    Args:
        file: a bundle or an envelope.
        signed_by: keys of which one must have signed, or an identity.
        expected: commit and model.
        files: folder or file that its files are compared with; None for not to compare them.
        project: whether that is the project, in which the path of a model is known.

    Raises:
        EvidenceRefused: it does not hold, and why.
        KeyRefused: the identity cannot be checked here.
    """
    data = _read(file)
    envelope = read_envelope(data)
    if isinstance(signed_by, Identity):
        payload, who = verified_keyless(data, signed_by), signed_by.name
    else:
        payload, key = verified_payload(envelope, signed_by)
        who = key.keyid
    claims = claims_of(read_statement(payload))
    if files is not None and project and claims.path:
        files = _place(files, claims.path)
    found = _found(claims, files, file) if files is not None else None
    check(claims, ExpectedClaims(commit=expected.commit, model=expected.model, files=found))
    return AcceptedStatement(claims=claims, signed_by=who, compared=found is not None)


def _named_signatures(run: VerifiedRun) -> dict[str, InTotoStatement]:
    """Return name of a file → signature of a product; no two names are the same."""
    named: dict[str, InTotoStatement] = {}
    for product, statement in model_signatures(run).items():
        name = start = f"model-{_PLAIN.sub('-', product).strip('-')[-100:]}"
        count = 1
        while name in named:
            count += 1
            name = f"{start}-{count}"
        named[name] = statement
    return named


def _read(file: Path) -> bytes:
    try:
        if file.stat().st_size > _MAX_ENVELOPE:
            raise EvidenceRefused(f"the file is larger than {_MAX_ENVELOPE >> 20} MiB", where=file.name)
        return read_regular(file)
    except OSError as error:
        raise ReproError(f"it cannot be read: {error.strerror}", where=file.name) from error


def _found(claims: Claims, base: Path, own: Path) -> dict[str, str | None]:
    """Return what there is of the files that a statement is about; nothing outside the folder is read.

    Args:
        claims: with the files.
        base: the folder, or the one file.
        own: file of the statement, which is never among its files.
    """
    if base.is_file():
        return {base.name: _digest(base)}
    found = {one.name: _inside(base, one) for one in claims.files}
    for place in base.rglob("*") if claims.whole else ():
        if len(found) > _MAX_FILES:
            raise EvidenceRefused(f"{base.name} has more than {_MAX_FILES:,} files")
        name = place.relative_to(base)
        ignored = name.parts[0] in IGNORED or (own.exists() and place.exists() and place.samefile(own))
        if not ignored and (place.is_symlink() or not place.is_dir()):
            found.setdefault(name.as_posix(), None)
    return found


def _inside(base: Path, subject: StatementSubject) -> str | None:
    return _digest(_place(base, subject.name))


def _place(base: Path, name: str) -> Path:
    place = base / name
    if refusal(name, wildcards="") or not place.resolve().is_relative_to(base.resolve()):
        raise EvidenceRefused(f"the file {name[:120]!r} leads out of the folder")
    return place


def _digest(place: Path) -> str | None:
    try:
        return digest_file(place, "sha256").value
    except (OSError, PinError):
        return None
