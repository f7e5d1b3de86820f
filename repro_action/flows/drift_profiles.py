# SPDX-License-Identifier: Apache-2.0
"""The profile of data in the accepted baseline."""

from __future__ import annotations

from repro_action.profiles.model import TableProfile
from repro_action.runs.project import Project


def accepted_profile(project: Project, path: str) -> TableProfile | None:
    """Return the profile that the committed baseline has of some data; of any platform class, the first.

    Raises:
        BaselineError: the baseline cannot be read.
    """
    baseline = project.baseline()
    if baseline is None:
        return None
    profiles = (one.profiles.get(path) for one in baseline.platforms.values())
    return next((profile for profile in profiles if profile is not None), None)
