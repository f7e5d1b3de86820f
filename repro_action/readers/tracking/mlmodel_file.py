# SPDX-License-Identifier: Apache-2.0
"""MLflow's `MLmodel`: its text without the lines that name this one model, run and moment."""

from __future__ import annotations

import re

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.arrays import text_leaf
from repro_action.readers.protocol import ReadContext, Source
from repro_action.readers.whole import SizeLimit, whole_text
from repro_action.tree import Excluded, Tree, branch

RULE = "mlflow-stamps"
_LARGEST = 1 << 20
_LINE = re.compile(
    r"(?P<key>model_uuid: (?:m-)?[0-9a-f]{32}|run_id: [0-9a-f]{32}|model_id: m-[0-9a-f]{32}"
    # Where the model lies in the store, since MLflow 3; before, it was the name that it was logged by.
    r"|artifact_path: '?\S+/models/m-[0-9a-f]{32}/artifacts'?"
    r"|utc_time_created: '?\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+'?)\r?\n?"
)


class MlmodelReader:
    """Reads the file that MLflow lays beside a model."""

    name = "mlmodel"
    size_limit = SizeLimit(also="1 MiB")

    def recognizes(self, source: Source, head: bytes) -> bool:
        """Go by the name, which is always the same, and by the keys at the start."""
        return source.name.rpartition("/")[2] == "MLmodel" and b"flavors:" in head

    def read(self, source: Source, context: ReadContext) -> Tree:
        """Read the text; lines that are indented, or not of MLflow's form, are content.

        Raises:
            ArtifactUnreadable: larger than such a file is, or not UTF-8.
        """
        if source.size > _LARGEST:
            raise ArtifactUnreadable(f"it is larger than {_LARGEST} bytes")
        lines = whole_text(source, context, copies=1, encoding="utf-8").splitlines(keepends=True)
        stamps = [match for line in lines if (match := _LINE.fullmatch(line))]
        kept = "".join(line for line in lines if not _LINE.fullmatch(line))
        root = branch(
            [(".text", text_leaf(kept, context))], type="MLmodel", algorithm=context.digester.algorithm
        )
        names = [match["key"].partition(":")[0] for match in stamps]
        if len(set(names)) != len(names):
            raise ArtifactUnreadable("it has the same key twice")
        return Tree(
            format=self.name, root=root, excluded=tuple(Excluded(path=name, rule=RULE) for name in names)
        )
