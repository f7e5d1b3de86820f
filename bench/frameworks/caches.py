# SPDX-License-Identifier: Apache-2.0
"""`VENV/bin/python bench/frameworks/caches.py`: which of TensorFlow's bits follow from the sizes of caches.

Eigen splits the inner sum of a product into blocks that fit into the CPU's caches, whose sizes it asks the
CPU for (Eigen, `GeneralBlockPanelKernel.h`, `evaluateProductBlockingSizesHeuristic`). Here it gets other
answers, written over what it keeps, and the products are computed again. The first line is what this CPU
says: hold it against that of another one.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import subprocess
import sys
from pathlib import Path

KEPT = "_ZZN5Eigen8internal20manage_caching_sizesENS_6ActionEPlS2_S2_E12m_cacheSizes"
PINNED = {
    "ONEDNN_MAX_CPU_ISA": "AVX2",
    "TF_ENABLE_ONEDNN_OPTS": "0",
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
}
SHAPES = ((128, 256, 4), (64, 64, 64), (128, 1024, 10), (32, 27, 16))
SIZES = ((32, 256, 8192), (32, 1024, 32768), (48, 2048, 107520), (16, 256, 8192))
"""KiB of the first, second and third level: a Haswell, a Zen 4, a Sapphire Rapids, and one too small."""


def main() -> int:
    if PINNED.items() - os.environ.items():
        os.execve(sys.executable, [sys.executable, __file__], {**os.environ, **PINNED})
    import tensorflow as tf

    tf.matmul(tf.ones((64, 64)), tf.ones((64, 64)))  # Eigen asks the CPU at its first product
    kept = _kept(next(Path(tf.__file__).parent.glob("libtensorflow_cc.so*")))
    print(f"as the CPU says, {'/'.join(str(size // 1024) for size in kept)} KiB: {_digests(tf)}")
    for sizes in SIZES:
        kept[:] = [size * 1024 for size in sizes]
        print(f"{'/'.join(map(str, sizes))} KiB: {_digests(tf)}")
    return 0


def _kept(library: Path) -> ctypes.Array[ctypes.c_long]:
    """Return the three sizes, in bytes, where Eigen keeps them in this process."""
    symbols = subprocess.run(["nm", library], capture_output=True, text=True, check=True).stdout
    offset = next(int(line.split()[0], 16) for line in symbols.splitlines() if line.endswith(f" {KEPT}"))
    maps = Path("/proc/self/maps").read_text(encoding="utf-8").splitlines()
    base = next(int(line.split("-")[0], 16) for line in maps if line.endswith(library.name))
    return (ctypes.c_long * 3).from_address(base + offset)


def _digests(tf: object) -> str:
    import numpy as np

    drawn = np.random.default_rng(0)
    found = []
    for rows, inner, columns in SHAPES:
        left = drawn.standard_normal((rows, inner), dtype=np.float32)
        right = drawn.standard_normal((inner, columns), dtype=np.float32)
        product = tf.matmul(left, right).numpy()  # type: ignore[attr-defined]
        found.append(f"{rows} by {inner} by {columns} {hashlib.sha256(product.tobytes()).hexdigest()[:6]}")
    return " · ".join(found)


if __name__ == "__main__":
    sys.exit(main())
