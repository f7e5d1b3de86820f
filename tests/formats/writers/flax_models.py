# SPDX-License-Identifier: Apache-2.0
"""Models of Flax, which needs libraries of its own."""

from __future__ import annotations

from driver import main, writes
from models import weights


@writes("flax-msgpack", "model.msgpack")
def _(path, change):
    from flax import serialization

    path.write_bytes(serialization.to_bytes({"params": {"dense": {"kernel": weights(change), "step": 3}}}))


if __name__ == "__main__":
    main()
