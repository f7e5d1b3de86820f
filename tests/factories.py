"""Factories that every test may use: values made from a few words."""

import hashlib

from repro_action.digest import Digest
from repro_action.fingerprint import Fingerprint, MaterialKind, Product
from repro_action.tree import Kind, Leaf, Statistics


def digest_of(text: str, algorithm: str = "leaf1-blake3") -> Digest:
    return Digest(algorithm, hashlib.sha256(text.encode()).hexdigest())


def make_leaf(content: str = "x", **changes) -> Leaf:
    stats = Statistics(count=3, nan=0, min=-1.0, max=1.5, mean=0.25, std=0.5, l2=1.75)
    values = {"kind": Kind.ARRAY, "digest": digest_of(content), "dtype": "<f8", "shape": (3,), "stats": stats}
    return Leaf(**{**values, **changes})


def make_product(leaves=None, *, step="train", content=None, **changes) -> Product:
    value = leaves if leaves is not None else {"coef_": make_leaf()}
    text = (
        content
        if content is not None
        else repr(sorted((path, str(leaf.digest)) for path, leaf in value.items()))
    )
    values = {
        "step": step,
        "format": "joblib",
        "size": 100,
        "digest": digest_of(text, "blake3"),
        "leaves": value,
    }
    return Product(**{**values, **changes})


def make_fingerprint(**changes) -> Fingerprint:
    values = {
        "platform": "x86_64-v3",
        "steps": ("train",),
        "materials": {
            MaterialKind.CODE: {"train.py": str(digest_of("code", "blake3"))},
            MaterialKind.PARAMS: {"params.toml: C": 1.0},
            MaterialKind.PACKAGES: {"numpy": "2.4.6 record:0123456789ab"},
        },
        "products": {"out/model.joblib": make_product()},
        "metrics": {"out/metrics.json": {"accuracy": 0.9}},
        "circumstances": {"cpu": "AMD EPYC"},
    }
    return Fingerprint(**{**values, **changes})
