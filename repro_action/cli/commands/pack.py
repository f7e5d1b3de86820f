# SPDX-License-Identifier: Apache-2.0
"""`repro pack`."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from repro_action.cli.usage import UsageError

_EPILOG = """\
examples:
  repro pack                        after `repro verify`: a file for an auditor
  repro pack -o wine.pack.zip       where it goes
  repro pack --key model.pem        signed, with signed statements in it
  repro pack --with-artifacts       the model's files go in, too
  repro pack --check wine.pack.zip  offline; names every item that fails
  repro pack --check wine.pack.zip --artifacts deployed/ --key model.pem.pub

Two packs of one run are the same bytes. Logs in a pack are searched for keys
and passwords; read them all the same before you hand it on.

exit status: 0 written, or nothing is wrong · 1 --check names what is wrong ·
2 nothing was proven, or there is no such file
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.epilog = _EPILOG
    parser.add_argument("-o", "--output", metavar="FILE", type=Path, help="where the pack is written")
    parser.add_argument(
        "--with-artifacts", action="store_true", help="put the model's files in, up to 1 GiB of them"
    )
    parser.add_argument("--check", metavar="PACK", type=Path, help="check a pack instead of making one")
    parser.add_argument(
        "--artifacts", metavar="DIR", type=Path, help="with --check: the model's files, as in the project"
    )
    parser.add_argument(
        "--key",
        metavar="FILE",
        type=Path,
        action="append",
        help="private key to sign with, or REPRO_SIGNING_KEY; with --check: a public key",
    )
    parser.add_argument(
        "--statement",
        metavar="FILE",
        type=Path,
        action="append",
        help="put a signed statement of others in, such as a bundle of actions/attest",
    )


def execute(options: argparse.Namespace) -> int:
    """Run the command and return its exit status.

    Raises:
        UsageError: options that do not go together were given.
    """
    writing = options.output is not None or options.with_artifacts or options.statement
    if options.check is not None and writing:
        raise _usage("--check makes no pack", remedy="Leave out --output, --with-artifacts and --statement.")
    if options.check is None and options.artifacts is not None:
        raise _usage("--artifacts is of --check", remedy="To put the files in, use --with-artifacts.")
    return _check(options) if options.check is not None else _pack(options)


def _usage(what: str, *, remedy: str) -> UsageError:
    from repro_action.cli.parser import build

    usage = build(["pack"]).commands["pack"].format_usage()
    return UsageError(what, remedy=remedy, usage=usage)


def _pack(options: argparse.Namespace) -> int:
    from repro_action.cli import console
    from repro_action.flows.pack import PackRequest, pack
    from repro_action.report.numbers import size
    from repro_action.signing.own_keys import private_key

    if len(options.key or ()) > 1:
        raise _usage("a pack is signed by one key", remedy="Give --key once.")
    console.require_writable("--output", options.output)
    signer = private_key(options.key[0] if options.key else None, os.environ)
    project = console.open_project(options)
    request = PackRequest(
        output=options.output,
        with_artifacts=options.with_artifacts,
        signer=signer,
        added=options.statement or (),
        environ=os.environ,
    )
    done = pack(project, request)
    if options.json:
        own = {
            "file": str(done.path),
            "size": done.size,
            "sha256": done.sha256,
            "name": done.run.name,
            "commit": done.run.source.commit,
            "fingerprint": done.run.fingerprint_id,
            "level": done.run.level.value,
            "signed": done.signed,
        }
        console.print_result("pack", 0, own)
        return 0
    console.print_line(
        f"{done.path} ({size(done.size)}): {done.run.name} at {done.run.source.commit[:12]}, {done.run.level}"
    )
    console.print_line(f"sha256 {done.sha256}")
    if not done.signed:
        console.print_line("it is not signed: it says what it is of, and not whom it is from")
    return 0


def _check(options: argparse.Namespace) -> int:
    from repro_action.cli import console
    from repro_action.flows.pack import check_pack
    from repro_action.signing.own_keys import public_key

    keys = [public_key(path) for path in options.key or ()]
    found = check_pack(options.check, artifacts=options.artifacts, keys=keys)
    if options.json:
        own = {
            "faults": [{"item": fault.item, "what": fault.what} for fault in found.faults],
            "name": found.name,
            "commit": found.commit,
            "fingerprint": found.fingerprint,
            "level": found.level,
            "items": found.items,
            "signed": found.signed,
        }
        console.print_result("pack", found.exit_code, own)
        return found.exit_code
    for fault in found.faults:
        console.print_line(f"FAILED {fault.item}: {fault.what}")
    if found.faults:
        console.print_line(f"{len(found.faults)} things are wrong with {options.check}")
        return found.exit_code
    console.print_line(
        f"nothing is wrong with {options.check}: {found.items} items of {found.name} "
        f"at {found.commit[:12]}, {found.level}"
    )
    if not keys:
        reason = "--key verifies its signature" if found.signed else "it is not signed"
        console.print_line(f"this says nothing of whom it is from: {reason}")
    return 0
