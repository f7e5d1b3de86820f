# SPDX-License-Identifier: Apache-2.0
"""Zarr and Orbax."""

from __future__ import annotations

from formats.case import Case

CASES = (
    Case(
        name="zarr-2",
        title="Zarr 2",
        format="folder",
        changed=("weights[()]",),
        rules=("zarr-copies",),
        slack=0.6,
    ),
    Case(
        name="zarr-3",
        title="Zarr 3",
        format="folder",
        changed=("weights[()]",),
        rules=("zarr-copies",),
        needs="zstandard",
        slack=0.6,
    ),
    Case(
        name="zarr-zip",
        title="Zarr 3 in a zip file",
        format="zip",
        changed=("weights[()]",),
        needs="zstandard",
        slack=0.6,
    ),
    Case(
        name="orbax",
        title="Orbax",
        format="folder",
        changed=("params.kernel",),
        rules=("orbax-stamps",),
        needs="zstandard",
        slack=0.5,
    ),
    Case(
        name="orbax-zarr",
        title="Orbax, without OCDBT",
        format="folder",
        changed=("params.kernel",),
        rules=("orbax-stamps",),
        needs="zstandard",
        slack=0.3,
    ),
    Case(
        name="orbax-zarr-3",
        title="Orbax, in Zarr 3",
        format="folder",
        changed=("params.kernel",),
        rules=("orbax-stamps",),
        needs="zstandard",
        slack=0.5,
    ),
)
