# SPDX-License-Identifier: Apache-2.0
"""The baseline: the accepted fingerprint of each platform class, committed as canonical JSON.

{"version": 1, "name": …, "platforms": {CLASS: {
    "steps": […], "circumstances": {…}, "materials": {KIND: {NAME: VALUE}},
    "metrics": {FILE: {NAME: VALUE}},
    "products": {PATH: {"step", "format", "size", "digest", "reason"?, "excluded"?,
                        "leaves": {LEAF PATH: {"kind", "digest", …}}}}}}}
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from repro_action.codec.canonical import Json, compact, decode_scalar, encode_scalar, parse, pretty
from repro_action.digest import Digest
from repro_action.errors import BaselineError, ConfigError
from repro_action.fingerprint import Fingerprint, MaterialKind, Materials, Metrics, Product
from repro_action.tree import Kind, Leaf, Statistics

VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """Accepted fingerprints by platform class.

    Attributes:
        name: the model's name.
        platforms: platform class → fingerprint.
    """

    name: str
    platforms: Mapping[str, Fingerprint] = field(default_factory=dict)

    def accept(self, fingerprint: Fingerprint) -> Baseline:
        """Return a baseline that holds `fingerprint` for its own class; other classes stay."""
        platforms = dict(sorted({**self.platforms, fingerprint.platform: fingerprint}.items()))
        return replace(self, platforms=platforms)


def fingerprint_id(fingerprint: Fingerprint) -> str:
    """Return the SHA-256, in hexadecimal, of what is compared.

    Container bytes and circumstances do not count: two runs whose leaves, metrics and
    materials agree have one id.
    """
    held = _fingerprint(fingerprint)
    del held["products"], held["circumstances"]
    leaves: dict[str, Json] = {
        path: [product.step, {name: _leaf(leaf) for name, leaf in product.leaves.items()}]
        for path, product in fingerprint.products.items()
    }
    return hashlib.sha256(
        compact({**held, "platform": fingerprint.platform, "leaves": leaves}).encode("utf-8", "surrogatepass")
    ).hexdigest()


def dump(baseline: Baseline) -> str:
    """Write a baseline as canonical JSON, one leaf a line."""
    return pretty(as_json(baseline), _on_one_line)


def as_json(baseline: Baseline) -> dict[str, Json]:
    """Return a baseline as the value that `dump` writes."""
    platforms = {name: _fingerprint(held) for name, held in baseline.platforms.items()}
    return {"version": VERSION, "name": baseline.name, "platforms": platforms}


def _on_one_line(path: tuple[str, ...]) -> bool:
    # platforms / CLASS / products / FILE / leaves / LEAF; elsewhere the fifth level is a value.
    return len(path) > 5 or (len(path) == 5 and path[2] != "products")


def load(text: str, where: str = "repro.baseline.json") -> Baseline:
    """Read what `dump` wrote.

    Raises:
        BaselineError: the text is not a baseline of this version.
    """
    return read(parse(text, where), where)


def read(raw: object, where: str = "repro.baseline.json") -> Baseline:
    """Read what `as_json` returned.

    Raises:
        BaselineError: the value is not a baseline of this version.
    """
    top = _table(raw, where)
    if top.get("version") != VERSION:
        raise BaselineError(
            f"its version is {str(top.get('version'))[:20]!r}; this repro reads version {VERSION}",
            where=where,
            remedy="Use the release of repro that wrote it, or run `repro verify` and `repro accept` again.",
        )
    platforms = {
        name: _read_fingerprint(name, _table(held, f"{where}: {name}"), f"{where}: {name}")
        for name, held in _table(top.get("platforms"), f"{where}: platforms").items()
    }
    return Baseline(name=_text(top.get("name"), f"{where}: name"), platforms=platforms)


def _fingerprint(held: Fingerprint) -> dict[str, Json]:
    return {
        "steps": list(held.steps),
        "circumstances": dict(held.circumstances),
        "materials": {
            kind.value: {name: encode_scalar(value) for name, value in group.items()}
            for kind, group in held.materials.items()
        },
        "metrics": {
            file: {name: encode_scalar(value) for name, value in group.items()}
            for file, group in held.metrics.items()
        },
        "products": {path: _product(product) for path, product in held.products.items()},
    }


def _product(product: Product) -> dict[str, Json]:
    return {
        "step": product.step,
        "format": product.format,
        "size": product.size,
        "digest": str(product.digest),
        **({"reason": product.reason} if product.reason else {}),
        **({"excluded": dict(product.excluded)} if product.excluded else {}),
        "leaves": {path: _leaf(leaf) for path, leaf in product.leaves.items()},
    }


def _leaf(leaf: Leaf) -> dict[str, Json]:
    stats = leaf.stats
    return {
        "kind": leaf.kind.value,
        "digest": str(leaf.digest),
        **({"dtype": leaf.dtype} if leaf.dtype else {}),
        **({"shape": list(leaf.shape)} if leaf.shape or leaf.kind is Kind.ARRAY else {}),
        **({"value": encode_scalar(leaf.value)} if leaf.value is not None else {}),
        **({"reason": leaf.reason} if leaf.reason else {}),
        **(
            {"stats": {name: encode_scalar(getattr(stats, name)) for name in ("count", "nan", *_FLOATS)}}
            if stats is not None
            else {}
        ),
    }


_FLOATS = ("min", "max", "mean", "std", "l2")


def _read_fingerprint(platform: str, held: Mapping[str, object], where: str) -> Fingerprint:
    steps = held.get("steps")
    if not isinstance(steps, list):
        raise BaselineError("steps is no list", where=where)
    return Fingerprint(
        platform=platform,
        steps=tuple(_text(step, f"{where}: steps") for step in steps),
        circumstances={
            name: _text(value, where)
            for name, value in _table(held.get("circumstances"), f"{where}: circumstances").items()
        },
        materials=_read_materials(_table(held.get("materials"), f"{where}: materials"), where),
        metrics=_read_metrics(_table(held.get("metrics"), f"{where}: metrics"), where),
        products={
            path: _read_product(_table(product, f"{where}: {path}"), f"{where}: {path}")
            for path, product in _table(held.get("products"), f"{where}: products").items()
        },
    )


def _read_materials(held: Mapping[str, object], where: str) -> Materials:
    unknown = sorted(set(held) - {kind.value for kind in MaterialKind})
    if unknown:
        raise BaselineError(f"unknown kind of material {unknown[0][:40]!r}", where=where)
    return {
        MaterialKind(kind): {
            name: decode_scalar(value, f"{where}: {name}")
            for name, value in _table(group, f"{where}: {kind}").items()
        }
        for kind, group in held.items()
    }


def _read_metrics(held: Mapping[str, object], where: str) -> Metrics:
    return {
        file: {
            name: decode_scalar(value, f"{where}: {name}")
            for name, value in _table(group, f"{where}: {file}").items()
        }
        for file, group in held.items()
    }


def _read_product(held: Mapping[str, object], where: str) -> Product:
    return Product(
        step=_text(held.get("step"), where),
        format=_text(held.get("format"), where),
        size=_integer(held.get("size"), where),
        digest=_digest(held.get("digest"), where),
        reason=_text(held.get("reason", ""), where),
        excluded={path: _text(rule, where) for path, rule in _table(held.get("excluded", {}), where).items()},
        leaves={
            path: _read_leaf(_table(leaf, f"{where}: {path}"), f"{where}: {path}")
            for path, leaf in _table(held.get("leaves"), where).items()
        },
    )


def _read_leaf(held: Mapping[str, object], where: str) -> Leaf:
    kind = _text(held.get("kind"), where)
    shape = held.get("shape", [])
    if kind not in set(Kind) or not isinstance(shape, list):
        raise BaselineError("this is no leaf", where=where)
    stats = held.get("stats")
    return Leaf(
        kind=Kind(kind),
        digest=_digest(held.get("digest"), where),
        dtype=_text(held.get("dtype", ""), where),
        shape=tuple(_integer(size, where) for size in shape),
        value=decode_scalar(held.get("value"), where),
        stats=_read_statistics(_table(stats, where), where) if stats is not None else None,
        reason=_text(held.get("reason", ""), where),
    )


def _read_statistics(held: Mapping[str, object], where: str) -> Statistics:
    floats = {name: decode_scalar(held.get(name), where) for name in _FLOATS}
    numbers = {name: float(value) for name, value in floats.items() if isinstance(value, int | float)}
    if len(numbers) != len(_FLOATS):
        raise BaselineError("statistics are numbers", where=where)
    return Statistics(
        count=_integer(held.get("count"), where), nan=_integer(held.get("nan"), where), **numbers
    )


def _table(value: object, where: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise BaselineError("expected a table", where=where)
    return value


def _text(value: object, where: str) -> str:
    if not isinstance(value, str):
        raise BaselineError("expected a text", where=where)
    return value


def _integer(value: object, where: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise BaselineError("expected a whole number", where=where)
    return value


def _digest(value: object, where: str) -> Digest:
    try:
        return Digest.parse(_text(value, where))
    except ConfigError as error:
        raise BaselineError(error.what, where=where) from error
