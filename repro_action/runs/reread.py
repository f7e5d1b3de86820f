# SPDX-License-Identifier: Apache-2.0
"""A run's outputs read once more as its baseline read its own: a change of rules hides no equality."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from repro_action.codec.tables import SUFFIXES, read_table
from repro_action.compare.materials import READ, MaterialDifference, Presence
from repro_action.config.model import Config
from repro_action.errors import ReproError
from repro_action.fingerprint import Fingerprint, MaterialKind, Product
from repro_action.runs.plan import RunPlan
from repro_action.runs.products import read_product
from repro_action.tree import Scalar


@dataclass(frozen=True, slots=True, kw_only=True)
class Reread:
    """A run whose outputs are read as the baseline's were.

    Attributes:
        after: the run.
        rules: files that the two read otherwise, for a baseline that recorded no rules.
    """

    after: Fingerprint
    rules: tuple[MaterialDifference, ...] = ()


def read_as_before(config: Config, plan: RunPlan, before: Fingerprint, after: Fingerprint) -> Reread:
    """Read files that were products as products, and files that were metrics as metrics.

    So a file that became a metrics file, or is none any more, is compared by its values. What cannot be
    read the other way stays as it is, and is a difference.

    Args:
        config: of the project.
        plan: of the run.
        before: the baseline.
        after: the run, whose files are still there.
    """
    products: dict[str, Product] = dict(after.products)
    metrics: dict[str, Mapping[str, Scalar]] = dict(after.metrics)
    read = [file for file in metrics if file in before.products and file not in before.metrics]
    unread = [file for file in products if file in before.metrics and file not in before.products]
    for file in read:
        products[file] = read_product(config, plan, file)
        del metrics[file]
    for file in unread:
        values = _as_metrics(config.root / file)
        if values is not None:
            metrics[file] = values
            del products[file]
    recorded = MaterialKind.RULES in before.materials
    return Reread(
        after=replace(after, products=products, metrics=metrics),
        rules=() if recorded else (*map(_now_read, read), *map(_no_longer_read, unread)),
    )


def _as_metrics(path: Path) -> Mapping[str, Scalar] | None:
    if not path.name.endswith(SUFFIXES):
        return None
    try:
        return read_table(path.read_bytes(), path.name)
    except (OSError, ReproError):
        return None


def _now_read(file: str) -> MaterialDifference:
    return MaterialDifference(
        kind=MaterialKind.RULES,
        name=f"{file}: {READ}",
        before=None,
        after="read",
        presence=Presence.ADDED,
    )


def _no_longer_read(file: str) -> MaterialDifference:
    return MaterialDifference(
        kind=MaterialKind.RULES,
        name=f"{file}: {READ}",
        before="read",
        after=None,
        presence=Presence.REMOVED,
    )
