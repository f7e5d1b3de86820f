# SPDX-License-Identifier: Apache-2.0
"""Outputs that exist before a run are stashed, never deleted.

So nothing of an earlier run can be mistaken for this one's, and nothing that a person kept
in an output folder is lost: where the run fails or is stopped, everything is put back, and
what the run had written until then is kept in its folder.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

BEFORE = "before"
PARTIAL = "partial"


@contextmanager
def stash(root: Path, outputs: Iterable[str], folder: Path) -> Iterator[None]:
    """Move outputs into `folder/before` for the duration of a run.

    Args:
        root: the project.
        outputs: declared paths.
        folder: of the run.
    """
    names = tuple(outputs)
    move_outputs(root, folder / BEFORE, names)
    try:
        yield
    except BaseException:
        move_outputs(root, folder / PARTIAL, names)
        move_outputs(folder / BEFORE, root, names)
        raise


def not_rewritten(root: Path, outputs: Iterable[str], folder: Path) -> tuple[str, ...]:
    """Return files that were in output folders before the run and that it did not write again."""
    before = folder / BEFORE
    lost = [
        path.relative_to(before).as_posix()
        for output in outputs
        if (before / output).is_dir()
        for path in (before / output).rglob("*")
        if path.is_file() and not os.path.lexists(root / path.relative_to(before))
    ]
    return tuple(sorted(lost))


def move_outputs(source: Path, target: Path, outputs: Iterable[str]) -> None:
    """Move outputs from one folder to another; what is there already is replaced."""
    for output in outputs:
        old, new = source / output, target / output
        if not os.path.lexists(old):
            continue
        if new.is_dir() and not new.is_symlink():
            shutil.rmtree(new)
        else:
            new.unlink(missing_ok=True)
        new.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(old, new)
