# SPDX-License-Identifier: Apache-2.0
"""A verified run as a CycloneDX 1.7 bill of materials of a machine-learning model, in canonical JSON.

https://cyclonedx.org/docs/1.7/json/: the model with its files, metrics and parameters, the data, the code and
the packages that it was made from, and the steps as a formulation. There is no time in it, and its serial
number is made from its own digest: one run has one text.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator, Mapping

from repro_action.codec.canonical import Json, indented
from repro_action.digest import Digest
from repro_action.evidence.formulation import formulation
from repro_action.evidence.packages import InstalledPackage, packages
from repro_action.evidence.statement import InTotoStatement, subjects_of
from repro_action.evidence.step_evidence import scalar_text
from repro_action.evidence.verified_run import ModelFile, VerifiedRun
from repro_action.fingerprint import MaterialKind

BILL_OF_MATERIALS = "https://cyclonedx.org/bom"
SPEC_VERSION = "1.7"
COMMIT, LEVEL_NAME, PLATFORM_NAME = "repro:commit", "repro:level", "repro:platform"
"""Properties of the bill that say what a verification result says, too."""

_MODEL = "model"
_HASHES = {"sha256": "SHA-256", "sha384": "SHA-384", "sha512": "SHA-512", "blake3": "BLAKE3", "md5": "MD5"}
_SERIAL = uuid.UUID("5b0b6d0e-6f53-5b0b-9d3b-3f3b0a4c7a10")
"""The namespace of serial numbers; a number of our own, so that no other tool makes the same."""


def bill_of_materials(run: VerifiedRun) -> bytes:
    """Return the bill of materials of a run: canonical JSON in ASCII, ended by a newline."""
    return indented(_numbered(run)).encode("ascii")


def bill_statement(run: VerifiedRun) -> InTotoStatement:
    """Return a statement whose predicate is the bill of materials, about the files of the products.

    https://github.com/in-toto/attestation/blob/main/spec/predicates/cyclonedx.md
    """
    return InTotoStatement(
        subjects=subjects_of(run), predicate_type=BILL_OF_MATERIALS, predicate=_numbered(run)
    )


def _numbered(run: VerifiedRun) -> dict[str, Json]:
    body = _body(run)
    digest = hashlib.sha256(indented(body).encode("ascii")).hexdigest()
    return {**body, "serialNumber": f"urn:uuid:{uuid.uuid5(_SERIAL, digest)}"}


def _body(run: VerifiedRun) -> dict[str, Json]:
    parts = [*_data(run), *_code(run), *map(_package, packages(run))]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": SPEC_VERSION,
        "version": 1,
        "metadata": {
            "component": _model(run),
            "tools": {
                "components": [{"type": "application", "name": "repro-action", "version": run.report.tool}]
            },
            "properties": _properties(_claims(run)),
        },
        "components": parts,
        "dependencies": [
            {"ref": _MODEL, "dependsOn": sorted(str(part["bom-ref"]) for part in parts)},
        ],
        "formulation": [formulation(run)],
    }


def _claims(run: VerifiedRun) -> Iterator[tuple[str, str]]:
    yield "repro:baseline", f"{run.baseline} {run.baseline_sha256}"
    yield COMMIT, run.source.commit
    yield "repro:configuration", f"{run.config} {run.config_sha256}"
    yield "repro:fingerprint", run.fingerprint_id
    yield LEVEL_NAME, run.level.value
    yield PLATFORM_NAME, run.platform
    for name, value in run.fingerprint.materials.get(MaterialKind.ENVIRONMENT, {}).items():
        yield f"repro:environment:{name}", scalar_text(value)
    for kind, folded in run.fingerprint.folded_materials.items():
        yield f"repro:folded:{kind.value}", f"{folded.count} {folded.digest}"


def _model(run: VerifiedRun) -> dict[str, Json]:
    source = run.source
    references: list[Json] = []
    if source.repository:
        comment = f"commit {source.commit}" + (f", folder {source.project}" if source.project else "")
        references = [{"type": "vcs", "url": source.repository, "comment": comment}]
    return {
        "type": "machine-learning-model",
        "bom-ref": _MODEL,
        "name": run.name,
        "version": source.commit,
        "components": [_file(file, f"file:{file.path}") for file in run.files],
        "modelCard": _card(run),
        **({"externalReferences": references} if references else {}),
    }


def _card(run: VerifiedRun) -> dict[str, Json]:
    metrics: list[Json] = [
        {"type": name, "value": scalar_text(value), "slice": file}
        for file, values in sorted(run.fingerprint.metrics.items())
        for name, value in sorted(values.items())
    ]
    recorded = run.fingerprint.materials
    parameters = [
        *(
            (f"repro:parameter:{name}", value)
            for name, value in recorded.get(MaterialKind.PARAMS, {}).items()
        ),
        *((f"repro:{name}", value) for name, value in recorded.get(MaterialKind.SEED, {}).items()),
    ]
    return {
        "bom-ref": "model-card",
        "modelParameters": {"datasets": [{"ref": f"data:{path}"} for path in sorted(_datasets(run))]},
        "quantitativeAnalysis": {"performanceMetrics": metrics},
        "properties": _properties((name, scalar_text(value)) for name, value in parameters),
    }


def _file(file: ModelFile, reference: str) -> dict[str, Json]:
    return {
        "type": "file",
        "bom-ref": reference,
        "name": file.path,
        "hashes": _hashes(file.sha256),
        "properties": _properties([("repro:size", str(file.size))]),
    }


def _datasets(run: VerifiedRun) -> Mapping[str, Digest | str]:
    recorded = run.fingerprint.materials.get(MaterialKind.DATA, {})
    return {**{path: str(value) for path, value in recorded.items()}, **run.data}


def _data(run: VerifiedRun) -> Iterator[dict[str, Json]]:
    for path, digest in sorted(_datasets(run).items()):
        yield {
            **_digested(f"data:{path}", path, str(digest)),
            "type": "data",
            "data": [{"type": "dataset", "name": path}],
        }


def _code(run: VerifiedRun) -> Iterator[dict[str, Json]]:
    for path, digest in sorted(run.fingerprint.materials.get(MaterialKind.CODE, {}).items()):
        yield {**_digested(f"code:{path}", path, str(digest)), "type": "file"}


def _digested(reference: str, name: str, text: str) -> dict[str, Json]:
    """Return a component with its digest: a hash where CycloneDX knows its algorithm, else a property."""
    algorithm, _, value = text.partition(":")
    hashes = _hashes(Digest(algorithm, value))
    known: dict[str, Json] = (
        {"hashes": hashes} if hashes else {"properties": _properties([("repro:digest", text)])}
    )
    return {"bom-ref": reference, "name": name, **known}


def _package(package: InstalledPackage) -> dict[str, Json]:
    found = [("repro:record", package.record)] if package.record else []
    hashes = [each for digest in sorted(package.locked) for each in _hashes(digest)]
    reference: Json = {
        "type": "distribution",
        "url": package.purl,
        "comment": "files that the lock allows; one of them is installed",
        "hashes": hashes,
    }
    return {
        "type": "library",
        "bom-ref": f"package:{package.name}",
        "name": package.name,
        "version": package.version,
        "purl": package.purl,
        **({"properties": _properties(found)} if found else {}),
        **({"externalReferences": [reference]} if hashes else {}),
    }


def _hashes(digest: Digest) -> list[Json]:
    name = _HASHES.get(digest.algorithm)
    return [{"alg": name, "content": digest.value}] if name else []


def _properties(pairs: Iterator[tuple[str, str]] | list[tuple[str, str]]) -> list[Json]:
    return [{"name": name, "value": value} for name, value in sorted(pairs)]
