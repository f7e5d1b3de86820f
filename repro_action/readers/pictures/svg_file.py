# SPDX-License-Identifier: Apache-2.0
"""SVG that Matplotlib wrote: its text with ids numbered in order and without the date.

An id is `type` and ten digits of a hash whose salt is drawn for each figure: see `_make_id` of
matplotlib/backends/backend_svg.py. Only ids of that form that the file itself gives are renamed, each
to a name of its own, so what refers to what stays content. Any other SVG is a text.
"""

from __future__ import annotations

import re

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.arrays import text_leaf
from repro_action.readers.documents.text_file import read_text
from repro_action.readers.protocol import ReadContext, Source
from repro_action.readers.whole import SizeLimit, whole_text
from repro_action.tree import Excluded, Tree, branch

_CREATOR = re.compile(r"<!-- Created with matplotlib|<dc:title>Matplotlib v[\d.]+")
_ID = re.compile(r'(?<=\bid=")(?:[a-zA-Z]|C[0-9a-f]+_[0-9a-f]+_)?[0-9a-f]{10}(?=")')
_DATE = re.compile(r"(?<=<dc:date>)\d{4}-\d\d-\d\dT[\d:.+-]+(?=</dc:date>)")
_MOST = 10_000


class SvgReader:
    """Reads pictures that Matplotlib wrote."""

    name = "svg"
    size_limit = SizeLimit(copies=4)

    def recognizes(self, source: Source, head: bytes) -> bool:
        """Go by the suffix."""
        del head
        return source.name.lower().endswith(".svg")

    def read(self, source: Source, context: ReadContext) -> Tree:
        """Read the text.

        Raises:
            ArtifactUnreadable: not UTF-8, or too large.
        """
        text = whole_text(source, context, copies=self.size_limit.copies, encoding="utf-8")
        if not _CREATOR.search(text):
            return read_text(source, context)
        names = {name: f"id-{number}" for number, name in enumerate(dict.fromkeys(_ID.findall(text)))}
        if any(new in text for new in names.values()):
            raise ArtifactUnreadable(
                "it has ids that look like the numbers that repro puts in place of random ids"
            )
        text, dates = _DATE.subn("", text)
        text = re.sub(r'(?<=["#])[\w]+(?=["\)])', lambda found: names.get(found[0], found[0]), text)
        root = branch(
            [(".text", text_leaf(text, context))], type="matplotlib", algorithm=context.digester.algorithm
        )
        excluded = [Excluded(path=f"id[{name!r}]", rule="svg-ids") for name in [*names.values()][:_MOST]]
        excluded += [Excluded(path="date", rule="svg-date")] if dates else []
        return Tree(format=self.name, root=root, excluded=tuple(excluded))
