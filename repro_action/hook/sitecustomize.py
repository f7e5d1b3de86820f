# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: INP001 -- stands on PYTHONPATH, so it is no package
"""Started by `site` in every Python process of a step; kept readable for any Python version."""

import sys

if sys.version_info >= (3, 8):  # noqa: UP036 -- a step's Python may be older than ours
    import repro_hook  # type: ignore[import-not-found]  # beside this file, through PYTHONPATH

    repro_hook.start()
