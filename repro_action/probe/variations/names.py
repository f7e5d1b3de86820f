# SPDX-License-Identifier: Apache-2.0
"""The names of all variations, in the order in which people read them."""

from __future__ import annotations

NAMES = (
    "again",
    "seed",
    "hash-seed",
    "threads",
    "blas",
    "numpy-dispatch",
    "torch-isa",
    "libm",
    "environment",
    "build-path",
    "home",
    "umask",
    "locale",
    "timezone",
    "time",
    "file-order",
    "user-host",
    "process-ids",
    "aslr",
    "gc",
    "affinity",
)
