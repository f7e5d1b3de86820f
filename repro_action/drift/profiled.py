# SPDX-License-Identifier: Apache-2.0
"""A column that is known by its profile alone, as a sample."""

from __future__ import annotations

from collections.abc import Mapping

from repro_action.drift.sample import ColumnSample, SampleKind
from repro_action.profiles.model import ColumnProfile

_KINDS: Mapping[str, SampleKind] = {
    "numeric": SampleKind.NUMBER,
    "datetime": SampleKind.DATE,
    "boolean": SampleKind.CATEGORY,
    "categorical": SampleKind.CATEGORY,
    "text": SampleKind.TEXT,
    "empty": SampleKind.EMPTY,
}


def sample_of_profile(profile: ColumnProfile) -> ColumnSample:
    """Return the sample that a profile describes; its categories stand under the profile's keys."""
    import numpy as np

    kind = _KINDS[profile.kind]
    if kind in {SampleKind.NUMBER, SampleKind.DATE}:
        return ColumnSample(
            kind=kind,
            rows=profile.rows,
            missing=profile.missing,
            edges=np.array(profile.edges, np.float64),
            counts=np.array(profile.counts, np.int64),
            categories=dict(profile.categories) if profile.lists_all else {},
            others=profile.unlisted if profile.lists_all else 0,
            pooled=True,
        )
    if kind is SampleKind.CATEGORY:
        return ColumnSample(
            kind=kind,
            rows=profile.rows,
            missing=profile.missing,
            categories=dict(profile.categories),
            others=profile.unlisted,
            pooled=not profile.lists_all,
        )
    return ColumnSample(kind=kind, rows=profile.rows, missing=profile.missing)
