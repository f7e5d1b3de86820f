# SPDX-License-Identifier: Apache-2.0
"""Numeric signatures of kernels and of emulated CPUs, and what reading one costs.

python -m bench.numeric_signature [--emulated] [--json]
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from repro_action.numeric.kernels import kernel_name
from repro_action.numeric.signature import NumericSignature

SCRIPT = Path(__file__).parent.parent / "repro_action" / "interpreter" / "numeric" / "script.py"
KERNELS = ("", "SkylakeX", "Haswell", "Zen", "Sandybridge", "Nehalem", "Prescott")
EMULATED = ("Haswell", "EPYC", "Skylake-Client", "Denverton")
SHOWN = ("sum64", "dot32", "dot64", "gemv64", "gemv_t64", "gemm32", "gemm64", "fused64", "functions64")
_PORTABLE = {"OPENBLAS_CORETYPE": "Haswell", "NPY_ENABLE_CPU_FEATURES": "X86_V3", "OPENBLAS_NUM_THREADS": "1"}
_NATIVE = {"OPENBLAS_NUM_THREADS": "1"}


def read(command: list[str], settings: dict[str, str]) -> tuple[NumericSignature | None, float]:
    """Return a signature and the CPU seconds that it took, the start of Python and NumPy included."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(np.__file__).parent.parent), **settings}
    done = subprocess.run([*command, SCRIPT], env=environ, capture_output=True, text=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    if done.returncode:
        return None, seconds
    return NumericSignature.of(json.loads(done.stdout)), seconds


def rows(*, emulated: bool) -> Iterator[tuple[str, NumericSignature | None, float]]:
    """Yield what was set, the signature and CPU seconds."""
    for name in KERNELS:
        kernel = {"OPENBLAS_CORETYPE": name} if name else {}
        for label, settings in (("native", _NATIVE), ("portable", _PORTABLE)):
            found = [read([sys.executable], {**settings, **kernel}) for _ in range(3)]
            seconds = statistics.median(seconds for _, seconds in found)
            yield f"{label}, {name or 'as it is'}", found[0][0], seconds
    emulator = shutil.which("qemu-x86_64") if emulated else None
    for name in EMULATED if emulator else ():
        command = [str(emulator), "-cpu", name, os.path.realpath(sys.executable)]
        for label, settings in (("native", _NATIVE), ("portable", _PORTABLE)):
            yield f"{label}, emulated {name}", *read(command, settings)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--emulated", action="store_true", help="also on CPUs that qemu emulates: a minute each"
    )
    parser.add_argument(
        "--json", action="store_true", help="all digests, of which those of BLAS go into kernels.json"
    )
    options = parser.parse_args()
    if options.json:
        found = {
            label: one.operations for label, one, _ in rows(emulated=options.emulated) if one is not None
        }
        print(json.dumps(found, indent=1))
        return
    print("| set | signature | kernel |", " | ".join(SHOWN), "| CPU s |")
    print("| --- " * (len(SHOWN) + 4) + "|")
    for label, found, seconds in rows(emulated=options.emulated):
        if found is None:
            print(f"| {label} | does not run |" + " |" * (len(SHOWN) + 2))
            continue
        shown = " | ".join(found.operations[name][:4] for name in SHOWN)
        print(f"| {label} | {found.digest} | {kernel_name(found)} | {shown} | {seconds:.2f} |")


if __name__ == "__main__":
    main()
