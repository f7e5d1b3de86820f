# SPDX-License-Identifier: Apache-2.0
"""Zarr of both versions, and Orbax's checkpoints."""

from __future__ import annotations

import os

import numpy as np
from driver import main, second, writes


def values(change):
    table = np.random.default_rng(3).normal(size=(30, 20)).astype("f4")
    if change:
        table[7, 3] = np.nextafter(table[7, 3], np.float32(9))
    return table


def group(path, change, version, **more):
    import zarr

    root = zarr.open_group(path, mode="w", zarr_format=version)
    root.attrs["model"] = "grid"
    table = values(change)
    array = root.create_array(
        "weights", shape=table.shape, chunks=(8, 20) if second() else (16, 7), dtype="f4", **more
    )
    array[:] = table
    array.attrs["unit"] = "m"
    names = root.create_array("deep/names", shape=(3,), chunks=(2,), dtype=str)
    names[:] = np.array(["a", "bc", "é"], dtype=object)
    zarr.consolidate_metadata(root.store)


@writes("zarr-2", "arrays.zarr")
def _(path, change):
    import numcodecs

    group(path, change, 2, compressors=numcodecs.Zlib(1) if second() else numcodecs.Blosc())


@writes("zarr-3", "arrays.zarr")
def _(path, change):
    import zarr

    more = (
        {"shards": (16, 20), "compressors": zarr.codecs.GzipCodec()}
        if second()
        else {"compressors": zarr.codecs.BloscCodec(cname="lz4", shuffle="bitshuffle")}
    )
    group(path, change, 3, **more)


@writes("zarr-zip", "arrays.zip")
def _(path, change):
    import warnings

    import zarr

    # What is written again is appended, and warned of.
    warnings.simplefilter("ignore")
    codec = zarr.codecs.BloscCodec(cname="zstd") if second() else zarr.codecs.BloscCodec(cname="blosclz")
    with zarr.storage.ZipStore(path, mode="w") as store:
        root = zarr.open_group(store, mode="w")
        root.attrs["model"] = "grid"
        table = values(change).repeat(3, axis=1)
        array = root.create_array(
            "weights",
            shape=table.shape,
            chunks=(15, 60) if second() else (13, 59),
            dtype="f4",
            compressors=codec,
        )
        array[:] = table
        array.attrs["unit"] = "m"


def orbax(path, change, **options):
    import jax.numpy as jnp
    import orbax.checkpoint as ocp

    half = jnp.asarray(values(change=False)[0], "bfloat16")
    state = {"params": {"kernel": jnp.asarray(values(change)), "half": half}, "step": 7}
    ocp.Checkpointer(ocp.PyTreeCheckpointHandler(**options)).save(os.fspath(path), state)


@writes("orbax", "checkpoint")
def _(path, change):
    orbax(path, change)


@writes("orbax-zarr", "checkpoint")
def _(path, change):
    orbax(path, change, use_ocdbt=False)


@writes("orbax-zarr-3", "checkpoint")
def _(path, change):
    orbax(path, change, use_zarr3=True)


if __name__ == "__main__":
    main()
