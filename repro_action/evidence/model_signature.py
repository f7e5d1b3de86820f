# SPDX-License-Identifier: Apache-2.0
"""Signatures of model files as OpenSSF Model Signing v1.0 has them, one a product.

https://github.com/ossf/model-signing-spec/blob/main/spec/v1.0.md
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import PurePosixPath

from repro_action.codec.canonical import Json
from repro_action.evidence.statement import InTotoStatement, StatementSubject
from repro_action.evidence.strict_json import EvidenceRefused, as_list, as_object, as_text
from repro_action.evidence.verified_run import ModelFile, VerifiedRun

MODEL_SIGNATURE = "https://model_signing/signature/v1.0"

IGNORED: tuple[str, ...] = (".git", ".gitattributes", ".github", ".gitignore")
"""Names at the top of a model's folder that are never signed."""


def model_signatures(run: VerifiedRun) -> dict[str, InTotoStatement]:
    """Return path of a product → what is signed of its files."""
    products = sorted({file.product for file in run.files})
    return {
        product: _signature(run.name, product, [file for file in run.files if file.product == product])
        for product in products
    }


def _signature(name: str, product: str, files: list[ModelFile]) -> InTotoStatement:
    named = {_name(file): file.sha256.value for file in files}
    resources: list[Json] = [
        {"name": path, "digest": named[path], "algorithm": "sha256"} for path in sorted(named)
    ]
    return InTotoStatement(
        subjects=(StatementSubject(name=name, sha256=root_digest(named), path=product),),
        predicate_type=MODEL_SIGNATURE,
        predicate={
            "resources": resources,
            "serialization": {
                "method": "files",
                "hash_type": "sha256",
                "allow_symlinks": False,
                "ignore_paths": list(IGNORED),
            },
        },
    )


def _name(file: ModelFile) -> str:
    """Return the name of a file inside its product; that of the file alone where it is the product."""
    if file.path == file.product:
        return PurePosixPath(file.path).name
    return PurePosixPath(file.path).relative_to(file.product).as_posix()


def root_digest(resources: Mapping[str, str]) -> str:
    """Return the SHA-256 over the digests of files, in the order of their names.

    Args:
        resources: name → SHA-256, in hexadecimal.
    """
    return hashlib.sha256(b"".join(bytes.fromhex(resources[name]) for name in sorted(resources))).hexdigest()


def read_resources(statement: InTotoStatement) -> tuple[StatementSubject, ...]:
    """Return the files that a model's signature lists.

    Raises:
        EvidenceRefused: it is no such signature, is made in another way, or its subject is not that of
            its files.
    """
    serialization = as_object(statement.predicate.get("serialization"), "the way of serialization")
    if serialization.get("method") != "files" or serialization.get("hash_type") != "sha256":
        raise EvidenceRefused(
            "the model's signature is not over whole files by SHA-256",
            remedy="Check it with `model_signing verify`.",
        )
    found: dict[str, str] = {}
    for raw in as_list(statement.predicate.get("resources"), "the list of files"):
        one = as_object(raw, "a file of the list")
        name, digest = as_text(one.get("name"), "a file's name"), as_text(one.get("digest"), "its digest")
        if name in found:
            raise EvidenceRefused("the model's signature names a file twice")
        found[name] = digest
    try:
        root = root_digest(found)
    except ValueError:
        raise EvidenceRefused("a file of the model's signature has no SHA-256") from None
    if not found or root != statement.subjects[0].sha256:
        raise EvidenceRefused("the model's digest is not that of the files that its signature lists")
    return tuple(StatementSubject(name=name, sha256=digest) for name, digest in found.items())
