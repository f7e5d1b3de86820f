# SPDX-License-Identifier: Apache-2.0
"""A material that differs, as reports name it."""

from __future__ import annotations

from dataclasses import dataclass

from repro_action.fingerprint import MaterialKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspect:
    """One material that differs.

    Attributes:
        kind, name: which material.
        before, after: values for people; empty where absent.
        text: one line, such as `params.toml: C 1.0 → 0.5`.
        direct: it can have caused the first difference; also where nothing rules that out.
    """

    kind: MaterialKind
    name: str
    before: str
    after: str
    text: str
    direct: bool = True
