# SPDX-License-Identifier: Apache-2.0
"""Words that inputs of the action choose from, where more than true and false."""

from __future__ import annotations

from enum import StrEnum


class CacheUse(StrEnum):
    """In which jobs GitHub's cache keeps environments."""

    TRUE = "true"
    """In those of the default branch."""
    PULL_REQUESTS = "pull-requests"
    """In those of pull requests, too."""
    FALSE = "false"


class InstallNix(StrEnum):
    """Whether Nix is installed."""

    AUTO = "auto"
    """Where a configuration needs it and it is not on PATH."""
    TRUE = "true"
    FALSE = "false"
