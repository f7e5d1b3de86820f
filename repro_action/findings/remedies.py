# SPDX-License-Identifier: Apache-2.0
"""What removes a dependence on a variation, in one sentence each."""

from __future__ import annotations

from collections.abc import Collection

_ROUNDING = (
    'Keep `profile = "portable"`, which pins the instructions and kernels that round differently '
    "from CPU to CPU."
)

REMEDIES = {
    "again": "Pass a seed to every generator (`random_state=…`, `default_rng(seed)`), take results of "
    "threads in the order of submission, and keep clocks, ids and addresses out of outputs.",
    "hash-seed": "Write `sorted(…)` where a set is turned into a sequence, and a digest (`hashlib`, "
    "`zlib.crc32`) where `hash(…)` of a text decides.",
    "threads": 'Keep `profile = "portable"`, which runs one thread, and let no number of workers or chunks '
    "depend on the machine.",
    "blas": _ROUNDING,
    "numpy-dispatch": _ROUNDING,
    "torch-isa": _ROUNDING,
    "libm": "Compare only machines of one platform class: each of them has FMA.",
    "environment": "Read no environment variables that the step does not declare under `env`.",
    "build-path": "Write paths relative to the project into outputs, never absolute ones.",
    "home": "Read nothing from the home folder; declare what is needed as data of the project.",
    "umask": "Set the modes of files explicitly, and keep them out of archives and other outputs.",
    "locale": 'Name the encoding (`encoding="utf-8"`) and format and sort without the locale.',
    "timezone": "Give every time its zone: `datetime.fromtimestamp(…, tz=UTC)`.",
    "time": "Keep the clock out of outputs: write a fixed time, or the one in `SOURCE_DATE_EPOCH`.",
    "file-order": "Write `sorted(…)` around every listing of a folder.",
    "user-host": "Keep the names of the user and the machine out of outputs.",
    "aslr": "Let nothing depend on addresses: no `id(…)`, no default `hash` or `repr` of objects, "
    "no memory that was never written.",
    "gc": "Let nothing depend on when objects are collected: no `__del__`, weak references or `gc` counts "
    "in results.",
    "affinity": "Write the number of workers and chunks down instead of asking for the CPUs of the machine.",
}


def remedy_of(names: Collection[str]) -> str:
    """Return what fixes a dependence on variations, a sentence each; empty where none is known.

    Args:
        names: of the guilty variations, such as `hash-seed`.
    """
    return " ".join(dict.fromkeys(remedy for name, remedy in REMEDIES.items() if name in names))
