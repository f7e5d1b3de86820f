# SPDX-License-Identifier: Apache-2.0
"""`repro attest`."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from repro_action.errors import ReproError
    from repro_action.flows.attest import AcceptedStatement
    from repro_action.signing.keyless import Identity
    from repro_action.signing.own_keys import PublicKey

_EPILOG = """\
examples:
  repro attest --new-key ~/.keys/model.pem   make a key, and a .pub beside it
  repro attest --key ~/.keys/model.pem       sign what the last run proved
  repro attest --predicate out               for actions/attest, no key
  repro attest --verify FILE… --key model.pem.pub --commit 3f9a1c04

The key may also be in REPRO_SIGNING_KEY, the passphrase of an encrypted one in
REPRO_SIGNING_PASSPHRASE. Nothing is trained; the network is not used.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.epilog = _EPILOG
    what = parser.add_mutually_exclusive_group()
    what.add_argument(
        "--verify", metavar="FILE", type=Path, nargs="+", action="extend", help="check signed statements"
    )
    what.add_argument(
        "--predicate",
        metavar="DIR",
        type=Path,
        help="write predicates that something else signs, such as actions/attest",
    )
    what.add_argument("--new-key", metavar="FILE", type=Path, help="make a key to sign with")
    parser.add_argument(
        "--key",
        metavar="FILE",
        type=Path,
        action="append",
        help="private key to sign with; with --verify, a public key that must have signed",
    )
    parser.add_argument(
        "--key-type",
        choices=("ecdsa-p256", "ed25519"),
        default="ecdsa-p256",
        help="of a new key; only ecdsa-p256 signs for model_signing",
    )
    parser.add_argument(
        "-o",
        "--output",
        metavar="DIR",
        type=Path,
        help="folder for statements; default: .repro/attestations",
    )
    known = parser.add_argument_group("with --verify")
    known.add_argument("--commit", metavar="HEX", default="", help="the commit that it must be of")
    known.add_argument("--model", metavar="NAME", default="", help="the model that it must be of")
    known.add_argument(
        "--files",
        metavar="PATH",
        type=Path,
        help="folder that holds its files, or the model that is signed; default: the project",
    )
    known.add_argument("--no-files", action="store_true", help="check the statement alone, not its files")
    known.add_argument("--identity", default="", help="who must have signed it, where no key did")
    known.add_argument("--issuer", default="", help="of that identity")
    known.add_argument("--trusted-root", metavar="FILE", type=Path, help="to check an identity with")


def execute(options: argparse.Namespace) -> int:
    """Run the command and return its exit status."""
    if options.new_key is not None:
        return _new_key(options)
    return _verify(options) if options.verify else _attest(options)


def _new_key(options: argparse.Namespace) -> int:
    from repro_action.cli import console
    from repro_action.signing.own_keys import write_new_key

    path = options.new_key.expanduser()
    public = write_new_key(path, options.key_type, os.environ)
    if options.json:
        own = {"keyid": public.keyid, "key": str(path), "public": f"{path}.pub", "type": public.algorithm}
        console.print_result("attest", 0, own)
        return 0
    console.print_line(
        f"{console.as_seen(path)} is a new key of type {public.algorithm}: keep it secret, commit it nowhere"
    )
    console.print_line(f"{console.as_seen(path)}.pub is its public part, id {public.keyid[:12]}: publish it")
    return 0


def _attest(options: argparse.Namespace) -> int:
    from repro_action.cli import console
    from repro_action.flows.attest import attest, authors_of, write_predicates
    from repro_action.flows.verified_run import verified_run
    from repro_action.signing.own_keys import required_key
    from repro_action.signing.port import KeyRefused

    if options.predicate is not None:
        project = console.open_project(options)
        done = write_predicates(verified_run(project), options.predicate)
    else:
        if len(options.key or ()) > 1:
            raise KeyRefused("statements are signed by one key", remedy="Give --key once.")
        signer = required_key(options.key[0] if options.key else None, os.environ)
        project = console.open_project(options)
        folder = options.output or project.store.folder / "attestations"
        done = attest(verified_run(project), signer, folder, authors=authors_of(project))
    if options.json:
        files = [str(path) for path in done.files]
        console.print_result("attest", 0, {"files": files, "keyid": done.keyid})
        return 0
    for path in (*done.files, *((done.card,) if done.card is not None else ())):
        console.print_line(f"wrote {console.as_seen(path)}")
    if done.keyid:
        console.print_line(f"signed by the key {done.keyid[:12]}")
    if done.unsigned_model:
        console.print_note(
            "no signature for model_signing: it takes keys of ECDSA alone, not Ed25519 (--key-type)"
        )
    return 0


def _verify(options: argparse.Namespace) -> int:
    from repro_action.cli import console
    from repro_action.evidence.expectations import ExpectedClaims
    from repro_action.evidence.strict_json import EvidenceRefused
    from repro_action.flows.attest import verify_statement

    signed_by = _signed_by(options)
    files = None if options.no_files else (options.files or options.directory)
    expected = ExpectedClaims(commit=options.commit.lower(), model=options.model)
    entries: list[dict[str, object]] = []
    code = 0
    for file in options.verify:
        try:
            found = verify_statement(file, signed_by, expected, files, project=options.files is None)
        except EvidenceRefused as error:
            error.where = error.where or str(file)
            code = error.exit_code
            entries.append({"file": str(file), "accepted": False, **_reason(error)})
            if not options.json:
                console.show_error(error)
        else:
            entries.append({"file": str(file), "accepted": True, **_fields(found)})
            if not options.json:
                _show(file, found)
    if options.json:
        console.print_result("attest", code, {"statements": entries})
    return code


def _signed_by(options: argparse.Namespace) -> list[PublicKey] | Identity:
    from repro_action.signing.keyless import Identity
    from repro_action.signing.own_keys import public_key
    from repro_action.signing.port import KeyRefused

    if options.key and not options.identity:
        return [public_key(path) for path in options.key]
    if options.identity and options.trusted_root is not None and not options.key:
        return Identity(name=options.identity, issuer=options.issuer, trusted_root=options.trusted_root)
    raise KeyRefused(
        "who must have signed it?",
        why="A signature proves nothing without knowing whose it must be.",
        remedy="Give a public key with --key, or --identity with --trusted-root.",
    )


def _reason(error: ReproError) -> dict[str, object]:
    return {"what": error.what, "why": error.why, "cure": error.remedy}


def _fields(found: AcceptedStatement) -> dict[str, object]:
    claims = found.claims
    return {
        "kind": claims.kind,
        "model": claims.model,
        "commit": claims.commit,
        "platform": claims.platform,
        "level": claims.level,
        "subjects": [{"name": one.name, "sha256": one.sha256} for one in claims.files],
        "signed_by": found.signed_by,
        "compared": found.compared,
    }


def _show(file: Path, found: AcceptedStatement) -> None:
    from repro_action.cli import console

    claims = found.claims
    of = [f"model {claims.model}"]
    of += [f"commit {claims.commit[:12]}"] if claims.commit else []
    of += [claims.platform] if claims.platform else []
    of += [claims.level] if claims.level else []
    console.print_line(f"{file}: {claims.kind} accepted: {', '.join(of)}")
    count = len(claims.files)
    names = f"{count} file{'s' if count != 1 else ''}"
    compared = "as they are here" if found.compared else "which were not compared"
    who = found.signed_by[:12] if len(found.signed_by) == 64 else found.signed_by
    console.print_line(f"  of {names}, {compared}; signed by {who}")
