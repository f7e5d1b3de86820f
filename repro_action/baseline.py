# SPDX-License-Identifier: Apache-2.0
"""The baseline: the accepted fingerprint of each platform class."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar

from repro_action.fingerprint import Fingerprint
from repro_action.noise.record import NoiseRecord

LARGEST = 64 << 20
"""Bytes of a baseline that is read from where anybody can have written it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """Accepted fingerprints by platform class; `repro_action.codec.baseline` reads and writes it.

    Attributes:
        version: of its document.
        name: the model's name.
        platforms: platform class → fingerprint.
        noise: platform class → what other seeds do to its metrics, where that was measured.
    """

    version: ClassVar[int] = 1

    name: str
    platforms: Mapping[str, Fingerprint] = field(default_factory=dict)
    noise: Mapping[str, NoiseRecord] = field(default_factory=dict)

    def accept(self, fingerprint: Fingerprint) -> Baseline:
        """Return a baseline with `fingerprint` for its own class; other classes stay."""
        platforms = dict(sorted({**self.platforms, fingerprint.platform: fingerprint}.items()))
        return replace(self, platforms=platforms)

    def with_noise(self, platform: str, record: NoiseRecord) -> Baseline:
        """Return a baseline with a noise record for one of its classes; all else stays."""
        return replace(self, noise=dict(sorted({**self.noise, platform: record}.items())))
