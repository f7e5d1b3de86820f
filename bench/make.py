# SPDX-License-Identifier: Apache-2.0
"""Makes the files that are measured; a process of its own, so that its memory is not counted.

python -m bench.make folder PATH COUNT
python -m bench.make file PATH MIB
python -m bench.make safetensors PATH TENSORS same|copy|tensor|element
"""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path

_BYTES = 2048
_ELEMENTS = 13_107_200
"""float32 elements of one tensor: 50 MiB."""


def folder(path: Path, count: int) -> None:
    """Write `count` files of 2 KiB, a hundred to a folder."""
    source = random.Random(count)
    for number in range(count):
        place = path / f"{number // 100:04}"
        if number % 100 == 0:
            place.mkdir(parents=True)
        (place / f"{number:06}.bin").write_bytes(source.randbytes(_BYTES))


def file(path: Path, mebibytes: int) -> None:
    """Write a file of random bytes."""
    source = random.Random(mebibytes)
    with path.open("wb") as target:
        for _ in range(mebibytes):
            target.write(source.randbytes(1 << 20))


def safetensors(path: Path, count: int, change: str) -> None:
    """Write `count` float32 tensors of 50 MiB; `change` says how the middle one differs.

    The layout is https://huggingface.co/docs/safetensors: length of the header, header, bytes.
    """
    import numpy as np

    size = 4 * _ELEMENTS
    header = {
        f"layers.{number:02}.weight": {
            "dtype": "F32",
            "shape": [3200, _ELEMENTS // 3200],
            "data_offsets": [number * size, (number + 1) * size],
        }
        for number in range(count)
    }
    text = json.dumps(header).encode("ascii")
    with path.open("wb") as target:
        target.write(len(text).to_bytes(8, "little") + text)
        for number in range(count):
            values = np.random.default_rng(number).standard_normal(_ELEMENTS, dtype=np.float32)
            if number == count // 2 and change == "tensor":
                values *= np.float32(1.0001)
            elif number == count // 2 and change == "element":
                values[_ELEMENTS // 2] += 1
            target.write(values.data)


def main() -> None:
    """Make what the command line asks for."""
    kind, path, number, *rest = sys.argv[1:]
    match kind:
        case "folder":
            folder(Path(path), int(number))
        case "file":
            file(Path(path), int(number))
        case _:
            safetensors(Path(path), int(number), rest[0])


if __name__ == "__main__":
    main()
