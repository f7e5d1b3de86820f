# SPDX-License-Identifier: Apache-2.0
"""Who must vouch for a model, as the configuration says it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceConfig:
    """`[evidence]`: who must have rebuilt a model before it is accepted.

    Attributes:
        receipts: how many builders must have got the same.
        keys: files of their public keys, relative to the project.
    """

    receipts: int = 0
    keys: tuple[str, ...] = ()

    @property
    def asked(self) -> bool:
        """Whether receipts count for anything."""
        return bool(self.receipts or self.keys)
