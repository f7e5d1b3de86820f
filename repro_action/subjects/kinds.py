# SPDX-License-Identifier: Apache-2.0
"""Which kind of address names a subject, and who fetches it: one line a kind."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Protocol

from repro_action.config.services import MlflowConfig
from repro_action.errors import FetchError
from repro_action.progress import Progress
from repro_action.subjects.subject import FetchedSubject


class SubjectKind(Protocol):
    """Fetches subjects of one kind of address."""

    def names(self, address: str) -> bool:
        """Whether an address is of this kind."""

    def fetch(self, address: str, into: Path, progress: Progress) -> FetchedSubject:
        """Fetch what an address names; nothing is written outside of a folder.

        Args:
            address: of this kind.
            into: an empty folder.
            progress: receives how much came.

        Raises:
            FetchError: it is not there, is too large, or is not what the other side said it is.
        """


def _kinds(mlflow: MlflowConfig) -> tuple[SubjectKind, ...]:
    from repro_action.subjects.hub_repository import HubRepository
    from repro_action.subjects.local_path import LocalPath
    from repro_action.subjects.mlflow_models import MlflowModels
    from repro_action.subjects.oci_image import OciImage
    from repro_action.subjects.remote_address import RemoteAddress

    return (
        MlflowModels(config=mlflow, environ=os.environ),
        HubRepository(environ=os.environ),
        OciImage(),
        RemoteAddress(environ=os.environ),
        LocalPath(),
    )


def fetch_subject(
    address: str, into: Path, progress: Progress, *, mlflow: MlflowConfig | None = None
) -> FetchedSubject:
    """Fetch what an address names.

    Args:
        address: as people write it.
        into: an empty folder.
        progress: receives how much came.
        mlflow: what the project says of its server; None for what the variables say.

    Raises:
        FetchError: no kind of address is known that looks so, or its kind refuses.
    """
    for kind in _kinds(mlflow or MlflowConfig()):
        if kind.names(address):
            return kind.fetch(address, into, progress)
    raise FetchError(
        f"{address[:200]!r} names nothing that can be checked",
        remedy="Name a file or folder, models:/NAME@ALIAS, runs:/ID/PATH, s3://, gs://, az:// or https:// "
        "addresses, hf://ORG/NAME@COMMIT/FILE, or oci://REGISTRY/NAME@sha256:…#PATH.",
    )
