# SPDX-License-Identifier: Apache-2.0
"""What TorchScript adds to a file of PyTorch: code and constants; where the code came from is left out."""

from __future__ import annotations

import re
import zipfile

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.arrays import bytes_leaf, key_segment, text_leaf
from repro_action.readers.protocol import ReadContext
from repro_action.tree import Excluded, Node

RULE = "torchscript-debug"
CONSTANTS = "constants.pkl"
_PARTS = re.compile(r"code/.+|constants(?:\.pkl|/\d+)|attributes\.pkl|extra/.+")
_FINAL = re.compile(r"  \w+ : Final\[.*\] = .*\n")


def is_script_member(name: str) -> bool:
    """Say whether a member is one that `torch.jit.save` adds."""
    return _PARTS.fullmatch(name) is not None


def script_parts(
    archive: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo], context: ReadContext
) -> tuple[list[tuple[str, Node]], list[Excluded]]:
    """Return code and constants by the names of their members, and what is left out.

    Raises:
        ArtifactUnreadable: a part is too large, or not UTF-8.
    """
    children: list[tuple[str, Node]] = []
    excluded: list[Excluded] = []
    for name, info in members.items():
        if not is_script_member(name):
            continue
        context.expand(info.file_size)
        if name.endswith(".debug_pkl"):
            excluded.append(Excluded(path=key_segment(name), rule=RULE))
            continue
        if info.file_size > context.limits.memory // 8:
            raise ArtifactUnreadable(f"its member {name[:80]!r} is too large")
        data = archive.read(info)
        if not name.endswith(".py"):
            children.append((f".script{key_segment(name)}", bytes_leaf(data, context)))
            continue
        try:
            text = _sorted(data.decode("utf-8"))
        except UnicodeDecodeError as error:
            raise ArtifactUnreadable(f"its code {name[:80]!r} is not valid UTF-8") from error
        children.append((f".script{key_segment(name)}", text_leaf(text, context)))
    return children, excluded


def _sorted(text: str) -> str:
    """Return code with the constants of each class by name: they come in the order of a set."""
    lines: list[str] = []
    run: list[str] = []
    for line in text.splitlines(keepends=True):
        if _FINAL.fullmatch(line):
            run.append(line)
            continue
        lines += [*sorted(run), line]
        run = []
    return "".join([*lines, *sorted(run)])
