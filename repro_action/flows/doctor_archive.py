# SPDX-License-Identifier: Apache-2.0
"""What `repro doctor` says of the archive: an `accept` that cannot archive accepts nothing."""

from __future__ import annotations

from collections.abc import Iterator

from repro_action.archive.open import open_archive
from repro_action.config.model import Config
from repro_action.environments.checks import Check, Health
from repro_action.errors import ReproError


def archived(config: Config) -> Iterator[Check]:
    """See whether the archive that a configuration names can be asked, and is its own."""
    if not config.archive.url:
        return
    try:
        archive = open_archive(config)
        if archive.is_new():
            yield Check(
                name="archive", health=Health.OK, found=f"{archive.store.address}: `repro accept` makes it"
            )
            return
        archive.require_own()
    except ReproError as error:
        where = f"{error.where}: " if error.where else ""
        yield Check(name="archive", health=Health.BAD, found=f"{where}{error.what}", remedy=error.remedy)
        return
    yield Check(name="archive", health=Health.OK, found=f"{archive.store.address} is there, and this model's")
