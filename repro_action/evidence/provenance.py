# SPDX-License-Identifier: Apache-2.0
"""A verified run as SLSA provenance v1: https://slsa.dev/spec/v1.2/build-provenance."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from repro_action.codec.canonical import Json, compact, encode_scalar
from repro_action.digest import Digest
from repro_action.errors import ConfigError
from repro_action.evidence.packages import packages
from repro_action.evidence.statement import InTotoStatement, subjects_of
from repro_action.evidence.verified_run import GitSource, VerifiedRun
from repro_action.fingerprint import MaterialKind
from repro_action.tree import Scalar

PROVENANCE = "https://slsa.dev/provenance/v1"
BUILD_TYPE = "https://github.com/org/repro-action/blob/main/docs/build-type.md"
BUILDER = f"{BUILD_TYPE}#builder"

_FILES = {MaterialKind.CODE, MaterialKind.DATA}


def provenance(run: VerifiedRun) -> InTotoStatement:
    """Return how the files of a run are made, and from what."""
    source = run.source
    return InTotoStatement(
        subjects=subjects_of(run),
        predicate_type=PROVENANCE,
        predicate={
            "buildDefinition": {
                "buildType": BUILD_TYPE,
                "externalParameters": {
                    "model": run.name,
                    "source": {
                        "repository": source.repository,
                        "commit": source.commit,
                        "project": source.project,
                    },
                    "config": run.config,
                    "steps": [
                        {"name": name, "command": list(command)} for name, command in run.commands.items()
                    ],
                },
                "internalParameters": {"platform": run.platform, "fingerprint": run.fingerprint_id},
                "resolvedDependencies": list(_dependencies(run)),
            },
            "runDetails": {"builder": {"id": BUILDER, "version": {"repro": run.report.tool}}},
        },
    )


def source_descriptor(source: GitSource, name: str) -> dict[str, Json]:
    """Return a commit as in-toto's resource descriptor."""
    found: dict[str, Json] = {"name": name, "digest": {"gitCommit": source.commit}}
    if source.repository:
        found["uri"] = f"git+{source.repository}@{source.commit}"
    return found


def _dependencies(run: VerifiedRun) -> Iterator[dict[str, Json]]:
    yield source_descriptor(run.source, "source")
    yield {"name": run.config, "digest": {"sha256": run.config_sha256.value}}
    yield {"name": run.baseline, "digest": {"sha256": run.baseline_sha256.value}}
    for kind, values in sorted(run.fingerprint.materials.items()):
        if kind is not MaterialKind.PACKAGES:
            yield from (_material(kind, name, value) for name, value in sorted(values.items()))
    for kind, folded in sorted(run.fingerprint.folded_materials.items()):
        yield {
            "name": f"{kind.value}/",
            "digest": {folded.digest.algorithm: folded.digest.value},
            "annotations": {"count": folded.count},
        }
    yield from _packages(run)


def _material(kind: MaterialKind, name: str, value: Scalar) -> dict[str, Json]:
    """Return a file by its digest, and anything else with its value."""
    label = f"{kind.value}/{name}"
    if kind in _FILES:
        try:
            digest = Digest.parse(str(value))
        except ConfigError:
            pass
        else:
            return {"name": label, "digest": {digest.algorithm: digest.value}}
    encoded = encode_scalar(value)
    return {
        "name": label,
        # A resource descriptor has an address, content or a digest; the value itself is what people read.
        "digest": {"sha256": hashlib.sha256(compact(encoded).encode("utf-8", "surrogatepass")).hexdigest()},
        "annotations": {"value": encoded},
    }


def _packages(run: VerifiedRun) -> Iterator[dict[str, Json]]:
    for package in packages(run):
        found: dict[str, Json] = {"name": f"packages/{package.name}", "uri": package.purl}
        if len(package.locked) == 1:
            (only,) = package.locked
            found["digest"] = {only.algorithm: only.value}
        notes: dict[str, Json] = {}
        if package.record:
            notes["record"] = package.record
        if len(package.locked) > 1:  # any of these files may be the one that is installed
            notes["locked"] = [str(one) for one in package.locked]
        yield {**found, "annotations": notes} if notes else found
