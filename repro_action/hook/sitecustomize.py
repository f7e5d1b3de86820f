# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: INP001 -- stands on PYTHONPATH, so it is no part of a package
"""Started by `site` in every Python process of a step; kept readable for any Python version."""

import sys

if sys.version_info >= (3, 8):  # noqa: UP036 -- a step's Python may be older than ours
    from repro_hook import start

    start.start()
