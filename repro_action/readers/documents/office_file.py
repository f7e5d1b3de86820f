# SPDX-License-Identifier: Apache-2.0
"""Core properties of Office files (`.docx`, `.xlsx`, `.pptx`): their text without the times in them.

The part `docProps/core.xml` is that of ECMA-376, part 2, "Core properties".
"""

from __future__ import annotations

import re

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.arrays import text_leaf
from repro_action.readers.protocol import ReadContext, Source
from repro_action.readers.whole import whole_text
from repro_action.tree import Excluded, Tree, branch

RULE = "office-times"
_LARGEST = 1 << 20
_TIME = re.compile(
    r'(<dcterms:(?P<key>created|modified)(?:\s+xmlns:(?:dcterms|xsi)="[^"<>]{1,100}"){0,2}'
    r'\s+xsi:type="dcterms:W3CDTF">)'
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?(?=</dcterms:(?P=key)>)"
)


class CorePropertiesReader:
    """Reads the part of an Office file that says who made it, and when."""

    name = "office-core"

    def recognizes(self, source: Source, head: bytes) -> bool:
        """Go by the part's name, which is always the same, and by its root element."""
        return source.name.endswith("docProps/core.xml") and b"coreProperties" in head

    def read(self, source: Source, context: ReadContext) -> Tree:
        """Read the text.

        Raises:
            ArtifactUnreadable: larger than such a part is, not UTF-8, or with a time twice.
        """
        if source.size > _LARGEST:
            raise ArtifactUnreadable(f"it is larger than {_LARGEST} bytes")
        text = whole_text(source, context, copies=1, encoding="utf-8")
        keys = [found["key"] for found in _TIME.finditer(text)]
        if len(set(keys)) != len(keys):
            raise ArtifactUnreadable("it has the same time twice")
        leaf = text_leaf(_TIME.sub(r"\1", text), context)
        root = branch([(".text", leaf)], type="coreProperties", algorithm=context.digester.algorithm)
        return Tree(
            format=self.name, root=root, excluded=tuple(Excluded(path=key, rule=RULE) for key in keys)
        )
