# SPDX-License-Identifier: Apache-2.0
"""The catalogue of known reasons for runs to differ: kind → sentence and remedy, each written once."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from repro_action.finding import Evidence, FindingKind


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownReason:
    """What is known of one kind of finding.

    Attributes:
        remedy: what to do about it, as a phrase (`pass the seed`) or as whole sentences.
        sentence: what happened, with `{call}` and `{detail}` for what was seen; empty where a rule
            that reads the source says it.
        evidence: how it is known where nothing says otherwise.
    """

    remedy: str
    sentence: str = ""
    evidence: Evidence = Evidence.SEEN


_ROUNDING = (
    'Keep `profile = "portable"`, which pins the instructions and kernels that round differently '
    "from CPU to CPU."
)

_OBSERVED = {
    FindingKind.GENERATOR: KnownReason(sentence="{call} without a seed", remedy="pass the seed"),
    FindingKind.LIBRARY_GENERATOR: KnownReason(
        sentence="{call} without a seed",
        remedy="pass it a seed or a seeded generator (`random_state=…`, `rng=…`)",
    ),
    FindingKind.ENTROPY: KnownReason(
        sentence="{call} draws from the system",
        remedy="draw from a seeded generator, or keep it out of outputs",
    ),
    FindingKind.CLOCK: KnownReason(sentence="{call} reads the clock", remedy="keep times out of outputs"),
    FindingKind.HOST: KnownReason(
        sentence="{call} asks the machine about itself", remedy="keep the answer out of outputs"
    ),
    FindingKind.NETWORK: KnownReason(
        sentence="{call} reaches {detail}", remedy="`repro pin` what it fetches, and declare it as data"
    ),
    FindingKind.LISTING: KnownReason(
        sentence="{call} lists {detail} in the order of the file system", remedy="wrap it in sorted(…)"
    ),
    FindingKind.FORBIDDEN_ENTROPY: KnownReason(
        sentence="{call} draws randomness that nobody seeded, and the configuration forbids it.",
        remedy='Pass a seed there, or use entropy = "seed" or "record" below [determinism].',
    ),
}

_DIFFERENCES = {
    FindingKind.OPAQUE_BYTES: KnownReason(
        sentence="A product could only be compared as plain bytes, so times or ids inside it count.",
        remedy="Write a format that repro reads (docs/formats.md lists them), add a reader for this one "
        "(docs/extending.md), or take times and ids out of what is saved.",
    ),
    FindingKind.DISAGREEMENT: KnownReason(
        sentence="Two runs of the same materials disagree: something random or time-dependent enters "
        "the result.",
        remedy="Change the lines that are named as causes; `repro probe` tests what else the result "
        "depends on.",
    ),
    FindingKind.NATIVE_ORDER: KnownReason(
        sentence="No line of the project was seen to draw, to read the clock or to race: the likely "
        "cause is the order of a hash map, of threads or of addresses inside compiled code.",
        remedy="No seed controls it. Sort what the library returns, set it to one thread, or use a library "
        "or an option whose result does not depend on it; `repro probe` tests what it depends on.",
    ),
    FindingKind.BLAS_KERNEL: KnownReason(
        sentence="Another BLAS kernel did the arithmetic; kernels round differently.",
        remedy='Use profile = "portable", which pins the kernel.',
    ),
    FindingKind.ANOTHER_CPU: KnownReason(
        sentence="The baseline was made on another CPU model; libraries choose instructions by CPU.",
        remedy='profile = "portable" pins what they choose; `repro doctor` shows which knobs act here.',
    ),
    FindingKind.DTYPE: KnownReason(
        sentence="An array has another dtype than in the baseline.",
        remedy="Give the dtype where the array is made; defaults differ by platform and version.",
    ),
}

_DEPENDENCES = {
    FindingKind.AGAIN: "Pass a seed to every generator (`random_state=…`, `default_rng(seed)`), take results "
    "of threads in the order of submission, and keep clocks, ids and addresses out of outputs.",
    FindingKind.SEED: "Pass a seed to every generator in the program itself: runs agree only because "
    "repro seeds random, NumPy, PyTorch and TensorFlow.",
    FindingKind.HASH_SEED: "Write `sorted(…)` where a set is turned into a sequence, and a digest "
    "(`hashlib`, `zlib.crc32`) where `hash(…)` of a string decides.",
    FindingKind.THREADS: 'Keep `profile = "portable"`, which runs one thread, and do not let the number '
    "of workers or chunks depend on the machine.",
    FindingKind.BLAS: _ROUNDING,
    FindingKind.NUMPY_DISPATCH: _ROUNDING,
    FindingKind.TORCH_ISA: _ROUNDING,
    FindingKind.LIBM: "Compare only machines of one platform class: each of them has FMA.",
    FindingKind.ENVIRONMENT: "Do not read environment variables that the step does not declare under `env`.",
    FindingKind.BUILD_PATH: "Write paths relative to the project into outputs, never absolute ones.",
    FindingKind.HOME: "Do not read from the home folder; declare what is needed as data of the project.",
    FindingKind.UMASK: "Set the modes of files explicitly, and keep them out of archives and other outputs.",
    FindingKind.LOCALE: 'Name the encoding (`encoding="utf-8"`) and format and sort without the locale.',
    FindingKind.TIMEZONE: "Give every time a time zone: `datetime.fromtimestamp(…, tz=UTC)`.",
    FindingKind.TIME: "Keep the clock out of outputs: write a fixed time, or the one in `SOURCE_DATE_EPOCH`.",
    FindingKind.FILE_ORDER: "Wrap every listing of a folder in `sorted(…)`.",
    FindingKind.USER_HOST: "Keep the names of the user and the machine out of outputs.",
    FindingKind.PROCESS_IDS: "Keep process numbers out of seeds and outputs: runs agree only because the "
    "sandbox numbers processes from 1.",
    FindingKind.ASLR: "Do not let results depend on addresses: no `id(…)`, no default `hash` or `repr` "
    "of objects, "
    "no memory that was never written.",
    FindingKind.GC: "Do not let results depend on when objects are collected: no `__del__`, weak "
    "references or `gc` counts.",
    FindingKind.AFFINITY: "Fix the number of workers and chunks instead of asking how many CPUs the "
    "machine has.",
}

CATALOGUE: dict[FindingKind, KnownReason] = {
    **_OBSERVED,
    **_DIFFERENCES,
    **{kind: KnownReason(remedy=text, evidence=Evidence.READ) for kind, text in _DEPENDENCES.items()},
}


def remedies(names: Collection[str]) -> str:
    """Return what removes a dependence on variations, a sentence each; empty where none is known.

    Args:
        names: of variations of `repro probe`, such as `hash-seed`.
    """
    return " ".join(dict.fromkeys(text for kind, text in _DEPENDENCES.items() if kind in names))


def as_sentence(phrase: str) -> str:
    """Return a phrase with a capital and a full stop, such as `Pass the seed.`."""
    return f"{phrase[:1].upper()}{phrase[1:].removesuffix('.')}."
