# SPDX-License-Identifier: Apache-2.0
"""`repro verify --receipt` writes a receipt, `repro receipts` reads those of all builders."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from repro_action.errors import ReproError
from repro_action.evidence.envelope import read_envelope
from repro_action.evidence.receipts.receipt import MAX_RECEIPT, Receipt, read_receipt
from repro_action.evidence.receipts.tally import SignedReceipt, Tally, tally
from repro_action.evidence.strict_json import EvidenceRefused
from repro_action.files import link_refused, read_regular, write_atomically
from repro_action.fingerprint import Fingerprint
from repro_action.flows.verified_run import NotVerified, require_trained, source_of
from repro_action.numeric.signature import CIRCUMSTANCE
from repro_action.report.build.uncommitted import uncommitted
from repro_action.report.model import Report
from repro_action.runs.plan import make_plan
from repro_action.runs.project import Project
from repro_action.signing.envelopes import sign_statement, verified_payload
from repro_action.signing.listed_keys import ListedKey, listed_keys
from repro_action.signing.port import Signer
from repro_action.verdict import Verdict

FOLDER = "receipts"
MAX_FILES = 1_000
MAX_TOTAL = 64 << 20
"""Bytes of all receipts that are read."""

_PLAIN = re.compile(r"[^A-Za-z0-9._-]+")


class TooFewReceipts(ReproError):
    """Fewer builders than the configuration demands got the same."""

    exit_code = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedReceipt:
    """A file that is not a receipt of a listed key, and why."""

    file: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptsFound:
    """What receipts there are, and what they say of a run.

    Attributes:
        receipts: whose signatures hold.
        refused: the other files.
        tally: of those of the run; None where there is no run to compare them with.
        demanded: how many must confirm it.
        keys: how many builders' keys are known.
    """

    receipts: tuple[SignedReceipt, ...]
    refused: tuple[RefusedReceipt, ...]
    tally: Tally | None
    demanded: int
    keys: int


def write_receipt(project: Project, report: Report, signer: Signer) -> Path:
    """Sign what the run that just ended got, whatever its verdict is.

    Raises:
        NotVerified: it made nothing, was not trained here, disagrees with itself, or no commit holds
            what it consumed.
        LinkRefused: the folder or the file is a symbolic link.
    """
    config = project.config
    made = project.store.candidate(config.name) if report.verdict is not Verdict.FAILED else None
    if made is None:
        raise NotVerified("there is nothing to sign a receipt of: the model was not rebuilt in this run")
    require_trained(report)
    if project.store.flaky:
        raise NotVerified(
            "no receipt is signed of a run that gave different results when it was repeated",
            remedy="Fix what its report names first.",
        )
    # A first run is compared with nothing, and its report says no commit.
    ran = report.claim.after if report.claim is not None else None
    dirty = dict.fromkeys(
        (*(ran.uncommitted if ran is not None else ()), *uncommitted(project, make_plan(config), {}))
    )
    head = ran.revision if ran is not None else project.history.commit("HEAD")
    receipt = Receipt(
        model=config.name,
        source=source_of(project, tuple(dirty), ran=head or "", baseline=False),
        verdict=report.verdict,
        fingerprint=made,
        numeric=made.circumstances.get(CIRCUMSTANCE, ""),
    )
    folder = config.root / FOLDER
    if folder.is_symlink():
        raise link_refused(folder)
    name = "-".join(
        (_PLAIN.sub("-", config.name)[:80], _PLAIN.sub("-", made.platform), signer.public.keyid[:12])
    )
    path = folder / f"{name}.json"
    write_atomically(path, sign_statement(receipt.statement(), signer))
    return path


def find_receipts(
    project: Project,
    places: Iterable[Path] = (),
    keys: Iterable[Path] = (),
    *,
    run: Fingerprint | None = None,
    listed: Iterable[str] | None = None,
) -> ReceiptsFound:
    """Read receipts, and sort them by what they say of a run.

    Args:
        project: whose model it is.
        places: files or folders with receipts; `receipts/` of the project where none are named.
        keys: files of public keys besides those that the configuration lists.
        run: to be confirmed; the last run, or else what is accepted for the platform of a receipt, where
            None.
        listed: which keys of the configuration count; all of them where None.

    Raises:
        KeyRefused: a key cannot be read.
        BaselineError: the baseline or the last run cannot be read.
    """
    config = project.config
    named = config.evidence.keys if listed is None else listed
    known = listed_keys([*(config.root / key for key in named), *keys])
    receipts, refused = read_receipts(tuple(places) or (config.root / FOLDER,), known)
    wanted = run or project.store.candidate(config.name) or _accepted(project, receipts)
    return ReceiptsFound(
        receipts=receipts,
        refused=refused,
        tally=tally(config.name, wanted, receipts) if wanted is not None else None,
        demanded=config.evidence.receipts,
        keys=len(known),
    )


def read_receipts(
    places: Iterable[Path], keys: tuple[ListedKey, ...]
) -> tuple[tuple[SignedReceipt, ...], tuple[RefusedReceipt, ...]]:
    """Read all receipts of files and folders: those that a key signed, and the others with the reason."""
    receipts: list[SignedReceipt] = []
    refused: list[RefusedReceipt] = []
    files, total = _files(places), 0
    for number, file in enumerate(files):
        total += file.stat().st_size if file.is_file() else 0
        if number == MAX_FILES or total > MAX_TOTAL:
            reason = (
                f"{len(files) - number} files are not read: more than {MAX_FILES:,}, or {MAX_TOTAL >> 20} MiB"
            )
            refused.append(RefusedReceipt(file=file.name, reason=reason))
            break
        try:
            receipts.append(_read(file, keys))
        except ReproError as error:
            refused.append(RefusedReceipt(file=file.name, reason=error.what))
    return tuple(receipts), tuple(refused)


def require_receipts(project: Project, run: Fingerprint) -> None:
    """Refuse a run that fewer builders confirm than the configuration demands.

    Raises:
        TooFewReceipts: they are fewer.
        KeyRefused: a key of the configuration cannot be read.
    """
    if project.config.evidence.receipts:
        require_confirmed(find_receipts(project, run=run))


def require_confirmed(found: ReceiptsFound) -> None:
    """Refuse what fewer builders confirm than are demanded.

    Raises:
        TooFewReceipts: they are fewer.
    """
    confirmed = len(found.tally.confirming) if found.tally is not None else 0
    if confirmed >= found.demanded:
        return
    reasons = [f"{one.file}: {one.reason}" for one in found.refused]
    if found.tally is not None:
        reasons += [
            f"{one.signed.builder} got {one.parting.theirs} at {one.parting.where}, not {one.parting.ours}"
            for one in found.tally.disagreeing
        ]
    raise TooFewReceipts(
        f"{confirmed} of {found.demanded} receipts confirm the last run",
        why="; ".join(reasons[:3]) or "[evidence] asks for them: others must have rebuilt it, too.",
        remedy="Let another builder run `repro verify --receipt` at this commit, and commit what it writes.",
    )


def _files(places: Iterable[Path]) -> list[Path]:
    found: list[Path] = []
    for place in places:
        # A link is refused when it is read: it may lead anywhere.
        folder = place.is_dir() and not place.is_symlink()
        found += sorted(place.glob("*.json")) if folder else [place] if place.exists() else []
    return found


def _read(file: Path, keys: tuple[ListedKey, ...]) -> SignedReceipt:
    try:
        if file.is_symlink():
            raise link_refused(file)
        if file.stat().st_size > MAX_RECEIPT:
            raise EvidenceRefused(f"it is larger than {MAX_RECEIPT >> 20} MiB")
        data = read_regular(file)
    except OSError as error:
        raise EvidenceRefused(f"it cannot be read: {error.strerror}") from error
    payload, key = verified_payload(read_envelope(data), [one.public for one in keys])
    label = next(one.label for one in keys if one.public.keyid == key.keyid)
    return SignedReceipt(file=file.name, keyid=key.keyid, builder=label, receipt=read_receipt(payload))


def _accepted(project: Project, receipts: tuple[SignedReceipt, ...]) -> Fingerprint | None:
    """Return what is accepted for the platform of most receipts; the first receipt's run where nothing is."""
    if not receipts:
        return None
    baseline = project.baseline()
    platforms = [one.receipt.platform for one in receipts]
    usual = max(platforms, key=platforms.count)
    accepted = baseline.platforms.get(usual) if baseline is not None else None
    return accepted or receipts[0].receipt.fingerprint
