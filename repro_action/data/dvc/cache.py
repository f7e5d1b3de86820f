# SPDX-License-Identifier: Apache-2.0
"""A folder of objects: DVC's cache, or a remote that is a folder of this machine."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from repro_action.data.dvc.objects import matches, object_names
from repro_action.digest import Digest


@dataclass(frozen=True, slots=True)
class ObjectFolder:
    """Objects in a folder, in the layout of DVC 3 or 2; satisfies `ObjectSource`."""

    folder: Path

    def get(self, digest: Digest, target: Path, *, legacy: bool = False) -> bool:
        """Copy an object, and check the copy; one that has other bytes than its name says is not here."""
        for name in object_names(digest):
            place = self.folder / name
            if not place.is_file():
                continue
            try:
                clone(place, target)
            except OSError:
                target.unlink(missing_ok=True)
                continue
            # Of a folder, the object is its listing, a file whose MD5 is the folder's.
            if matches(target, Digest("md5", digest.value), legacy=legacy):
                return True
            target.unlink(missing_ok=True)
        return False


_FICLONE = 0x40049409
"""Linux: ioctl_ficlonerange(2); shares the blocks where the file system can."""


def clone(source: Path, target: Path) -> None:
    """Copy a file's content to a path that is free, sharing blocks where the file system can.

    Raises:
        OSError: it cannot be copied; what there is of the copy is left.
    """
    import fcntl

    with source.open("rb") as old, target.open("xb") as new:
        try:
            fcntl.ioctl(new.fileno(), _FICLONE, old.fileno())
        except OSError:
            shutil.copyfileobj(old, new, 1 << 20)
        new.flush()
        os.fchmod(new.fileno(), 0o644)
