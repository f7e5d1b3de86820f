# SPDX-License-Identifier: Apache-2.0
"""A folder of objects: DVC's cache, or a remote that is a folder of this machine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from repro_action.data.dvc.objects import matches, object_names
from repro_action.data.fetch.transfer import require_room
from repro_action.digest import Digest
from repro_action.files import copy_file
from repro_action.progress import Progress


@dataclass(frozen=True, slots=True)
class ObjectFolder:
    """Objects in a folder, in the layout of DVC 3 or 2; satisfies `ObjectSource`."""

    folder: Path

    def get(self, digest: Digest, target: Path, progress: Progress, *, legacy: bool = False) -> bool:  # noqa: ARG002 - of the port
        """Copy an object, and check the copy; one that has other bytes than its name says is not here.

        Raises:
            FetchError: the disk has no room for it.
        """
        for name in object_names(digest):
            place = self.folder / name
            if not place.is_file():
                continue
            require_room(target.parent, place.stat().st_size, name)
            try:
                copy_file(place, target)
                target.chmod(0o644)  # those of the cache may not be written
            except OSError:
                target.unlink(missing_ok=True)
                continue
            # Of a folder, the object is its listing, a file whose MD5 is the folder's.
            if matches(target, Digest("md5", digest.value), legacy=legacy):
                return True
            target.unlink(missing_ok=True)
        return False
