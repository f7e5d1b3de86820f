# SPDX-License-Identifier: Apache-2.0
"""Data is brought to its place before the steps are put in order; where all is there, nothing is loaded."""

from __future__ import annotations

import os

from repro_action.config.model import Config
from repro_action.data.check import no_digest
from repro_action.data.missing_data import is_lfs_pointer
from repro_action.progress import Progress


def supply_data(config: Config, progress: Progress) -> None:
    """Fetch pinned data that is not there.

    Args:
        config: the project.
        progress: hears how far it is.

    Raises:
        PinError: data has no digest yet.
        FetchError: something cannot be fetched, or is not what was promised.
    """
    if config.unpinned:
        error = no_digest(config.unpinned[0])
        error.where = config.path.name
        raise error
    places = [config.root / pin.path for pin in config.data]
    if all(place.exists() and not is_lfs_pointer(place) for place in places):
        return
    from repro_action.data.fetch.supply import Supply

    Supply(config=config, environ=os.environ, progress=progress).fetch_missing()
