# SPDX-License-Identifier: Apache-2.0
"""`repro receipts`."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from repro_action.evidence.receipts.tally import SignedReceipt, Tally
    from repro_action.flows.receipts import ReceiptsFound

_EPILOG = """\
examples:
  repro receipts                       those in receipts/, by keys of [evidence]
  repro receipts downloads/ --key bob.pub
  repro receipts --require             fail with fewer than [evidence] asks for

`repro verify --receipt` writes them. They are compared with the last run, or
with the baseline where there is none. Nothing is trained.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.epilog = _EPILOG
    parser.add_argument("places", nargs="*", type=Path, metavar="PATH", help="files or folders of receipts")
    parser.add_argument(
        "--key",
        metavar="FILE",
        type=Path,
        action="append",
        default=[],
        help="public key of a builder, besides those of the configuration",
    )
    parser.add_argument(
        "--require", action="store_true", help="fail where fewer builders agree than [evidence] demands"
    )


def execute(options: argparse.Namespace) -> int:
    """Run the command and return its exit status."""
    from repro_action.cli import console
    from repro_action.errors import ConfigError
    from repro_action.flows.receipts import TooFewReceipts, find_receipts, require_confirmed

    project = console.open_project(options)
    if options.require and not project.config.evidence.receipts:
        raise ConfigError(
            "--require demands nothing here: the configuration asks for no receipts",
            remedy="Write `receipts = 2` and `keys` below [evidence] in the configuration.",
        )
    found = find_receipts(project, options.places, options.key)
    failure = None
    if options.require:
        try:
            require_confirmed(found)
        except TooFewReceipts as error:
            failure = error
    disagree = bool(found.tally and found.tally.disagreeing)
    code = 1 if failure is not None or disagree or found.refused else 0
    if options.json:
        console.print_result("receipts", code, _fields(found))
        return code
    _show(found)
    if failure is not None:
        console.show_error(failure)
    return code


def _show(found: ReceiptsFound) -> None:
    from repro_action.cli import console

    for refused in found.refused:
        console.print_line(f"refused    {refused.file}: {refused.reason}")
    if not found.keys and found.refused:
        console.print_note(
            "a receipt counts by its builder's key: list it in `[evidence] keys`, or give --key"
        )
        return
    if found.tally is None:
        console.print_line("there are no receipts; `repro verify --receipt` writes one")
        return
    said = found.tally
    for one in said.confirming:
        console.print_line(f"confirms   {_line(one)}")
    for other in said.disagreeing:
        console.print_line(f"disagrees  {_line(other.signed)}")
        parting = other.parting
        console.print_line(f"           {parting.where}: here {parting.ours}, there {parting.theirs}")
        if parting.cause:
            console.print_line(f"           the platforms compute differently: {parting.cause}")
    for one in said.others:
        console.print_line(f"other      {_line(one)}: of another model, other materials or platform")
    demanded = f" ({found.demanded} are demanded)" if found.demanded else ""
    console.print_line(f"confirmed by {len(said.confirming)} of {_builders(said)}{demanded}")


def _builders(tally: Tally) -> str:
    return f"{tally.builders} builder{'s' if tally.builders != 1 else ''}"


def _line(one: SignedReceipt) -> str:
    receipt = one.receipt
    return (
        f"{one.builder}: {receipt.model}, commit {receipt.source.commit[:12]}, {receipt.platform}, "
        f"{receipt.verdict.value.replace('_', ' ')}"
    )


def _fields(found: ReceiptsFound) -> dict[str, object]:
    tally = found.tally
    states = {
        **{one.file: "confirms" for one in (tally.confirming if tally else ())},
        **{one.signed.file: "disagrees" for one in (tally.disagreeing if tally else ())},
    }
    partings = {one.signed.file: one.parting for one in (tally.disagreeing if tally else ())}
    receipts: list[dict[str, object]] = []
    for one in found.receipts:
        parting = partings.get(one.file)
        receipts.append(
            {
                "file": one.file,
                "builder": one.builder,
                "keyid": one.keyid,
                "model": one.receipt.model,
                "commit": one.receipt.source.commit,
                "platform": one.receipt.platform,
                "verdict": one.receipt.verdict.value,
                "numeric": one.receipt.numeric,
                "state": states.get(one.file, "other"),
                "parting": asdict(parting) if parting is not None else None,
            }
        )
    return {
        "receipts": receipts,
        "refused": [{"file": one.file, "reason": one.reason} for one in found.refused],
        "confirmed": len(tally.confirming) if tally else 0,
        "builders": tally.builders if tally else 0,
        "demanded": found.demanded,
    }
