# SPDX-License-Identifier: Apache-2.0
"""The digest of everything that a training consumes but its seed: it says what a noise record is of."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection

from repro_action.digest import Digest
from repro_action.fingerprint import Fingerprint, MaterialKind
from repro_action.folded_values import with_few_values
from repro_action.noise.record import NoiseRecord
from repro_action.noise.seeds import reseeded_text

ALGORITHM = "noise1-sha256"

HASH_SEED = "PYTHONHASHSEED"
"""Follows the seed: see `determinism.libraries.python`."""
_NOT_CONSUMED = frozenset({MaterialKind.SEED, MaterialKind.RULES})
"""The seed itself, and rules of comparison, which no step sees."""


def materials_digest(fingerprint: Fingerprint, seed_params: Collection[str]) -> Digest:
    """Return the digest of what a run consumed without its seed, as a baseline lists it.

    Args:
        fingerprint: of the run.
        seed_params: names of the parameters that are the seed, `FILE: KEY`.

    Returns:
        `noise1-sha256:HEX` over canonical JSON: kinds and names sorted.
    """
    listed = with_few_values(fingerprint)
    kinds = {
        kind: {
            name: reseeded_text(str(value), "?") if kind is MaterialKind.STEPS else value
            for name, value in named.items()
            if name not in (seed_params if kind is MaterialKind.PARAMS else {HASH_SEED})
        }
        for kind, named in listed.materials.items()
        if kind not in _NOT_CONSUMED
    }
    folded = {
        kind: str(value.digest)
        for kind, value in listed.folded_materials.items()
        if kind not in _NOT_CONSUMED
    }
    text = json.dumps({"materials": kinds, "folded": folded}, sort_keys=True, separators=(",", ":"))
    return Digest(ALGORITHM, hashlib.sha256(text.encode("ascii")).hexdigest())


def is_of(record: NoiseRecord, fingerprint: Fingerprint) -> bool:
    """Whether a record was measured with the materials of a fingerprint, whatever its seed."""
    return record.materials == materials_digest(fingerprint, record.seed_params)
