# SPDX-License-Identifier: Apache-2.0
"""Models of Flax and Orbax."""

from __future__ import annotations

from driver import main, writes
from models import weights


@writes("flax-msgpack", "model.msgpack")
def _(path, change):
    from flax import serialization

    path.write_bytes(serialization.to_bytes({"params": {"dense": {"kernel": weights(change), "step": 3}}}))


@writes("orbax", "checkpoint")
def _(path, change):
    import orbax.checkpoint as ocp

    with ocp.StandardCheckpointer() as checkpointer:
        checkpointer.save(path, {"params": {"kernel": weights(change)}, "step": 3})
        checkpointer.wait_until_finished()


if __name__ == "__main__":
    main()
