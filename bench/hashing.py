# SPDX-License-Identifier: Apache-2.0
"""Digesting one large file that the page cache holds."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from bench import tools
from bench.clock import Command, in_turn, ratio
from bench.scale import Scale, variables
from bench.table import Row

_OURS = """\
import sys
from repro_action.data.hash_file import digest_file
print(digest_file(sys.argv[1], sys.argv[2]).value)
"""

_BLAKE3 = """\
import sys
from blake3 import blake3
print(blake3(max_threads=blake3.AUTO).update_mmap(sys.argv[1]).hexdigest())
"""

_HASHLIB = """\
import hashlib, sys
with open(sys.argv[1], "rb") as file:
    print(hashlib.file_digest(file, "sha256").hexdigest())
"""


def measure(scale: Scale, work: Path) -> list[Row]:
    """Compare `digest_file` with the bare libraries and with b3sum."""
    file = work / "large.bin"
    subprocess.run([sys.executable, "-m", "bench.make", "file", file, str(scale.file_mib)], check=True)
    python = (sys.executable, "-c")
    partners: list[tuple[str, str, tuple[str | Path, ...]]] = [
        ("blake3", "blake3 library, update_mmap", (*python, _BLAKE3, file)),
        ("sha256", "hashlib.file_digest", (*python, _HASHLIB, file)),
    ]
    program = tools.b3sum()
    if program is None:
        print("b3sum is neither on PATH nor among the packages of this system; not compared with it")
    else:
        partners.insert(1, ("blake3", "b3sum", (program, "--no-names", file)))
    return [_row(scale, work, file, *partner) for partner in partners]


def _row(
    scale: Scale, work: Path, file: Path, algorithm: str, against: str, argv: tuple[str | Path, ...]
) -> Row:
    own = (sys.executable, "-c", _OURS, file, algorithm)
    commands = [Command(argv=line, folder=work, variables=variables()) for line in (own, argv)]
    digests = {
        subprocess.run(line, env=variables(), capture_output=True, check=True).stdout for line in (own, argv)
    }
    if len(digests) != 1:
        raise SystemExit(f"{against} has another digest than ours")
    ours, theirs = in_turn(commands, scale.rounds)
    return Row(
        what=f"digest of {scale.file_mib} MiB, {algorithm}",
        ours=ours,
        against=against,
        theirs=theirs,
        goal="≤ 1.3",
        met=ratio(ours, theirs) <= 1.3,
        note=f"{scale.file_mib / 1024 / ours.median:.1f} GiB/s",
    )
