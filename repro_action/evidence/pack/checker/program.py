# SPDX-License-Identifier: Apache-2.0
"""Checks an evidence pack of repro with nothing but Python's standard library (3.10 or later).

    python3 check PACK.zip [--artifacts FOLDER] [--key PUBLIC.pem]

Every item that fails is named; the exit status is 0 if none does, 1 if one does, 2 if there is no such file.
Nothing of the pack is extracted or executed. Whether the pack comes from whom you think it does is said by
its signature alone: README.md shows how that is verified.
"""

from __future__ import annotations

import argparse
import errno
import mmap
import sys
from pathlib import Path

from repro_action.evidence.pack.checker.pack_items import artifact_faults, check, signature_faults
from repro_action.evidence.pack.checker.signatures import read_public_key


def map_file(path: Path) -> memoryview:
    """Return the content of a file without reading it as a whole.

    Raises:
        OSError: it cannot be read, or is no regular file.
    """
    if not path.is_file():
        raise FileNotFoundError(errno.ENOENT, "there is no such file", str(path))
    with path.open("rb") as file:
        if not path.stat().st_size:
            return memoryview(b"")
        return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))


def main(arguments: list[str]) -> int:
    """Check one pack, say what is wrong, and return the exit status."""
    parser = argparse.ArgumentParser(description="Check an evidence pack of repro.")
    parser.add_argument("pack", type=Path, help="the zip file")
    parser.add_argument("--artifacts", type=Path, help="folder with the model's files, as in the project")
    parser.add_argument("--key", type=Path, action="append", help="public key that must have signed it")
    options = parser.parse_args(arguments)
    try:
        keys = [read_public_key(path.read_bytes()) for path in options.key or ()]
        found = check(map_file(options.pack))
        faults = list(found.faults)
        if options.artifacts:
            faults += artifact_faults(found.manifest, options.artifacts)
        if keys:
            faults += signature_faults(found.members, keys)
    except (OSError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    for fault in faults:
        sys.stdout.write(f"FAILED {ascii(fault.item)[1:-1]}: {ascii(fault.what)[1:-1]}\n")
    if not faults:
        signed = f"signed by {' or '.join(map(str, options.key))}" if keys else "signature not verified"
        sys.stdout.write(f"OK: {len(found.members)} items of {found.manifest['name']!a}, {signed}\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
