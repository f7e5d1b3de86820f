# SPDX-License-Identifier: Apache-2.0
"""Which outputs of a first run are compared by their bytes, and why: what is accepted is known to be that."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from repro_action.fingerprint import Product
from repro_action.report.model import Notice
from repro_action.text import few
from repro_action.tree import Kind

MAX_NOTES = 5


def compared_as_bytes(products: Mapping[str, Product]) -> tuple[Notice, ...]:
    """Return a note for each reason why outputs were not read as leaves."""
    paths: dict[str, list[str]] = defaultdict(list)
    for path, product in sorted(products.items()):
        for inner, leaf in product.leaves.items():
            if leaf.reason and leaf.kind in {Kind.BYTES, Kind.TEXT}:
                paths[leaf.reason].append(f"{path}/{inner}" if inner else path)
    return tuple(
        Notice(
            what=f"{few(names)} {'is' if len(names) == 1 else 'are'} compared as a whole, not leaf by leaf",
            why=reason,
        )
        for reason, names in [*paths.items()][:MAX_NOTES]
    )
