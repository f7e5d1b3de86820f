# SPDX-License-Identifier: Apache-2.0
"""The baseline as canonical JSON, one leaf a line, and back.

{"version": 1, "name": …, "platforms": {CLASS: {
    "steps": […], "circumstances": {…}, "materials": {KIND: {NAME: VALUE}},
    "metrics": {FILE: {NAME: VALUE}},
    "folded_materials"?: {KIND: {"count", "digest", "marks"?: {NAME: MARK}}},
    "folded_metrics"?: {FILE: {"count", "digest", "marks"?}},
    "profiles"?: {DATA PATH: {"format", "rows", "detail", "method", "columns": {NAME: {"kind", "rows", …}}}},
    "products": {PATH: {"step", "format", "size", "digest", "reason"?, "excluded"?,
                        "unlisted"?: {"rules": {RULE: COUNT}, "digest"?},
                        "leaves"?: {LEAF PATH: {"kind", "digest", …, "marks"?}}}}}},
 "noise"?: {CLASS: {"materials", "seeds": […], "failed"?, "seed_params"?, "unlisted"?,
                    "metrics": {FILE: {NAME: {"count", "mean", "deviation", "quantiles", "missing"?}}}}}}
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any, Literal

from repro_action.baseline import Baseline
from repro_action.codec.canonical import Json, compact, parse, pretty
from repro_action.codec.typed.layout import DocumentLayout
from repro_action.errors import BaselineError
from repro_action.fingerprint import Fingerprint
from repro_action.profiles.model import ColumnProfile
from repro_action.text import clean
from repro_action.tree import Kind

NAME = "repro.baseline.json"

CROWDED = 20
"""Products of a run beyond which one with a single leaf stands on one line."""

_SHAPES = {"Leaf.shape": lambda leaf: bool(leaf.shape) or leaf.kind is Kind.ARRAY}

LAYOUT = DocumentLayout(
    optional=frozenset(
        {
            *("Product.reason", "Product.excluded", "Product.unlisted", "Unlisted.digest"),
            *("Leaf.dtype", "Leaf.value", "Leaf.stats", "Leaf.reason", "Leaf.marks"),
            *("Fingerprint.folded_materials", "Fingerprint.folded_metrics", "FoldedValues.marks"),
            *("Baseline.noise", "NoiseRecord.failed", "NoiseRecord.seed_params", "NoiseRecord.unlisted"),
            *("Fingerprint.profiles", "TableProfile.more", "TableProfile.reason", "ColumnProfile.missing"),
            *("ColumnProfile.distinct", "ColumnProfile.edges", "ColumnProfile.counts"),
            *("ColumnProfile.categories", "ColumnProfile.numbers", "ColumnProfile.minimum"),
            *("ColumnProfile.maximum", "ColumnProfile.labels", "ColumnProfile.reason"),
            *("MetricNoise.mean", "MetricNoise.deviation", "MetricNoise.quantiles", "MetricNoise.missing"),
        }
    ),
    written_if={
        **_SHAPES,
        "Product.leaves": lambda product: not str(product.digest).startswith("leaf1-"),
    },
    omitted=frozenset({"Leaf.payload"}),
    keyed={Fingerprint: "platform", ColumnProfile: "name"},
    extra={Baseline: {"version": Literal[1]}},
)

_ALL_LEAVES = replace(LAYOUT, written_if=_SHAPES, omitted=LAYOUT.omitted | {"Leaf.marks"})


def dump(baseline: Baseline) -> str:
    """Write a baseline as canonical JSON, one leaf a line."""
    crowded = {name for name, one in baseline.platforms.items() if len(one.products) > CROWDED}

    def on_one_line(path: tuple[str, ...]) -> bool:
        if len(path) == 4 and path[2] == "products" and path[1] in crowded:
            return len(baseline.platforms[path[1]].products[path[3]].leaves) == 1
        return _on_one_line(path)

    return pretty(as_json(baseline), on_one_line)


def as_json(baseline: Baseline) -> dict[str, Json]:
    """Return a baseline as the value that `dump` writes."""
    from repro_action.codec.typed.document import write

    platforms = {name: _bounded(one) for name, one in baseline.platforms.items()}
    return write(replace(baseline, platforms=platforms), LAYOUT)


def _bounded(fingerprint: Fingerprint) -> Fingerprint:
    """Return what a baseline has room for."""
    from repro_action.exclusions import with_few_exclusions
    from repro_action.folded_values import with_few_values

    return with_few_values(with_few_exclusions(fingerprint))


def _on_one_line(path: tuple[str, ...]) -> bool:
    # platforms / CLASS / products / FILE / leaves / LEAF; elsewhere the fifth level is a value.
    if path[:1] == ("noise",) and len(path) == 3 and path[2] != "metrics":
        return True
    return len(path) > 5 or (len(path) == 5 and path[2] not in {"products", "profiles"})


def load(text: str, where: str = NAME) -> Baseline:
    """Read what `dump` wrote.

    Raises:
        BaselineError: the text is not a baseline of this version.
    """
    return read(parse(text, where), where)


def read(raw: object, where: str = NAME) -> Baseline:
    """Read what `as_json` returned.

    Raises:
        BaselineError: the value is not a baseline of this version.
    """
    from repro_action.codec.typed.document import DocumentMismatch
    from repro_action.codec.typed.document import read as read_document

    require_version(raw, where)
    try:
        return _consistent(read_document(raw, Baseline, LAYOUT), where)
    except DocumentMismatch as error:
        raise BaselineError(
            str(error),
            where=where,
            remedy="Take the file from git again, or run `repro verify` and `repro accept`.",
        ) from error


def _consistent(baseline: Baseline, where: str) -> Baseline:
    """Refuse noise records that contradict themselves.

    Raises:
        BaselineError: one does.
    """
    for platform, record in baseline.noise.items():
        if record.flaws:
            raise BaselineError(
                f"its noise record of {clean(platform, 60)} cannot be used: {clean(record.flaws[0], 200)}",
                where=where,
                why="It was edited, or merged by hand.",
                remedy="Remove the entry below `noise`, and run `repro calibrate` again.",
            )
    return baseline


def require_version(raw: object, where: str = NAME) -> None:
    """Refuse baselines of other versions; what is no baseline at all is left to `read`.

    Raises:
        BaselineError: it is of another version.
    """
    version = raw.get("version") if isinstance(raw, dict) else Baseline.version
    if version != Baseline.version:
        raise BaselineError(
            f"its version is {str(version)[:20]!r}; this repro reads version {Baseline.version}",
            where=where,
            remedy="Use the release of repro that wrote it, or run `repro verify` and `repro accept` again.",
        )


def fingerprint_id(fingerprint: Fingerprint) -> str:
    """Return the SHA-256, in hexadecimal, of everything that a baseline records of a run.

    Whoever accepts an id accepts what is committed: names, metrics, formats, what is left out of
    equality and circumstances count as well as leaves and materials.
    """
    from repro_action.codec.typed.document import write

    return _sha256({**write(_bounded(fingerprint), LAYOUT), "platform": fingerprint.platform})


def equality_id(fingerprint: Fingerprint) -> str:
    """Return the id that reports showed until 0.1, without container bytes, formats and circumstances."""
    from repro_action.codec.typed.document import write

    written: dict[str, Any] = write(fingerprint, _ALL_LEAVES)
    products = written.pop("products")
    del written["circumstances"]
    leaves = {path: [product["step"], product["leaves"]] for path, product in products.items()}
    return _sha256({**written, "platform": fingerprint.platform, "leaves": leaves})


def part_ids(fingerprint: Fingerprint) -> tuple[str, str]:
    """Return an id of what a run consumed, and one of what it made: leaves and metrics, not container bytes.

    Equal fingerprints have equal ids, on whichever machine of their class they were made.
    """
    from repro_action.codec.typed.document import write

    written: dict[str, Any] = write(_bounded(fingerprint), _ALL_LEAVES)
    consumed = {name: written.get(name) for name in ("materials", "folded_materials")}
    made = {name: written.get(name) for name in ("steps", "metrics", "folded_metrics")}
    leaves = {path: [product["step"], product["leaves"]] for path, product in written["products"].items()}
    return _sha256(consumed), _sha256({**made, "leaves": leaves})


def _sha256(value: dict[str, Json]) -> str:
    return hashlib.sha256(compact(value).encode("utf-8", "surrogatepass")).hexdigest()


def schema() -> dict[str, object]:
    """Return the JSON Schema of a baseline."""
    from repro_action.codec.typed.schema import schema as described

    return described(
        Baseline,
        LAYOUT,
        identifier="https://repro-action.dev/schemas/baseline.v1.schema.json",
        title="repro.baseline.json: accepted fingerprints by platform class",
    )
