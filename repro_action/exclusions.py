# SPDX-License-Identifier: Apache-2.0
"""What is left out of equality, in the room that a baseline has for it: paths, or counts and a digest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from repro_action.digest import Digest, digest_bytes
from repro_action.fingerprint import Fingerprint, Product, Unlisted
from repro_action.listing import FEW

ROOM = 6 << 10
"""Bytes that paths which are left out take in the baseline of one class, about."""

AS_METRICS = "compared as metrics"
"""Name of the rule that leaves a metrics file out of the folder that it lies in; these are always listed."""

_LINE = 12
"""Bytes of an entry besides path and rule: quotes, indentation, punctuation."""


def with_few_exclusions(fingerprint: Fingerprint) -> Fingerprint:
    """Return a run whose products list few of the paths that are left out; what fits stays as it is."""
    costs = {path: _cost(product.excluded) for path, product in fingerprint.products.items()}
    if sum(costs.values()) <= ROOM:
        return fingerprint
    many = len(costs) > FEW
    room = ROOM // max(1, sum(1 for cost in costs.values() if cost))
    products = {
        path: _folded(product, room, digested=not many) if costs[path] > room else product
        for path, product in fingerprint.products.items()
    }
    return replace(fingerprint, products=products)


def same_exclusions(one: Product, other: Product) -> bool:
    """Whether the same leaves are left out of two products by the same rules, as far as that is known."""
    if one.unlisted is None and other.unlisted is None:
        return one.excluded == other.excluded
    digest = _digest(one)
    return digest is not None and digest == _digest(other)


def _folded(product: Product, room: int, *, digested: bool) -> Product:
    """List one path a rule, where it fits, and those that tell which files are metrics."""
    listed: dict[str, str] = {path: rule for path, rule in product.excluded.items() if rule == AS_METRICS}
    left = room
    for path, rule in sorted(product.excluded.items()):
        cost = _cost({path: rule})
        if rule not in listed.values() and cost <= left:
            listed[path] = rule
            left -= cost
    rest = Counter(product.left_out()) - Counter(listed.values())
    return replace(
        product,
        excluded=listed,
        unlisted=Unlisted(rules=dict(rest), digest=_digest(product) if digested else None),
    )


def _digest(product: Product) -> Digest | None:
    if product.unlisted is not None:
        return product.unlisted.digest
    parts = (f"{path}\0{rule}\0" for path, rule in sorted(product.excluded.items()))
    return digest_bytes("blake3", "".join(parts).encode("utf-8", "surrogatepass"))


def _cost(excluded: Mapping[str, str]) -> int:
    return sum(_LINE + len(ascii(path)) + len(ascii(rule)) for path, rule in excluded.items())
