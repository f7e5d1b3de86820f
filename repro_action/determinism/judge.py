# SPDX-License-Identifier: Apache-2.0
"""Compares what a step's processes report with what the profile promised.

A profile that cannot take effect is reported, never silently off.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from repro_action.determinism.profile import Expectations
from repro_action.determinism.read import HookReport


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Warning_:  # noqa: N801 -- `Warning` is Python's own
    """One promise of the profile that is not kept, or could not be checked.

    Attributes:
        knob: the variable, or `hook`.
        expected: what was to be found.
        found: what was found.
        reason: the likely cause, and what to do.
    """

    knob: str
    expected: str
    found: str
    reason: str


def judge(reports: Iterable[HookReport], expected: Expectations) -> tuple[Warning_, ...]:
    """Return every promise that is not kept, each once, sorted.

    Args:
        reports: of all processes of one step.
        expected: by `profile.expectations`.
    """
    held = tuple(reports)
    if expected.profile == "off":
        return ()
    if not any(report.readable for report in held):
        return (_SILENT,)
    found: set[Warning_] = set()
    for report in held:
        found.update(_of_hook(report))
        if report.readable:
            found.update(_of_kernels(report, expected))
            found.update(_of_threads(report, expected))
            found.update(_of_hash_seed(report, expected))
    return tuple(sorted(found))


_SILENT = Warning_(
    knob="hook",
    expected="a report",
    found="none",
    reason="No Python process of this step reported: it is not Python, runs with -I, -E or -S, or ends "
    "by os._exit or a signal. Seeds, kernels and imported files are therefore not confirmed.",
)


def _of_hook(report: HookReport) -> Iterator[Warning_]:
    for error in report.errors:
        yield Warning_(
            knob="hook",
            expected="no errors",
            found=error,
            reason="That part of the process is not confirmed, or its generator is not seeded.",
        )


def _of_kernels(report: HookReport, expected: Expectations) -> Iterator[Warning_]:
    for library in report.libraries:
        if library.api == "openblas" and expected.blas and library.architecture.lower() not in expected.blas:
            yield Warning_(
                knob="OPENBLAS_CORETYPE",
                expected=" or ".join(sorted(expected.blas)),
                found=f"{library.architecture or 'unknown'} in {library.file}",
                reason="This OpenBLAS has no such kernels and fell back, or the step set the variable.",
            )
    features = set(report.numpy_features)
    wide = sorted(name for name in features if name.startswith("AVX512") or name == "X86_V4")
    if report.numpy and not expected.avx512 and wide:
        yield Warning_(
            knob="NPY_ENABLE_CPU_FEATURES",
            expected="no AVX-512",
            found=f"{' '.join(wide)} in NumPy {report.numpy}",
            reason="NumPy ignored the names, was built for this CPU, or the step set the variable.",
        )
    if report.numpy and expected.numpy and not features & expected.numpy:
        yield Warning_(
            knob="NPY_ENABLE_CPU_FEATURES",
            expected=" or ".join(sorted(expected.numpy)),
            found=f"{' '.join(report.numpy_features) or 'none'} in NumPy {report.numpy}",
            reason="NumPy does not know these names and turned everything off.",
        )
    if report.torch and expected.torch and report.torch_capability not in expected.torch:
        yield Warning_(
            knob="ATEN_CPU_CAPABILITY",
            expected=" or ".join(sorted(expected.torch)),
            found=f"{report.torch_capability or 'unknown'} in PyTorch {report.torch}",
            reason="The step set the variable, or this PyTorch has no such code.",
        )


def _of_threads(report: HookReport, expected: Expectations) -> Iterator[Warning_]:
    if not expected.threads:
        return
    counts = [(f"{library.api} in {library.file}", library.threads) for library in report.libraries]
    if report.torch:
        counts.append((f"PyTorch {report.torch}", report.torch_threads))
    for what, threads in counts:
        if threads != expected.threads:
            yield Warning_(
                knob="threads",
                expected=str(expected.threads),
                found=f"{threads} for {what}",
                reason="The program sets its own number, or the machine has fewer cores.",
            )


def _of_hash_seed(report: HookReport, expected: Expectations) -> Iterator[Warning_]:
    if expected.hash_seed and report.hash_seed != expected.hash_seed:
        yield Warning_(
            knob="PYTHONHASHSEED",
            expected=expected.hash_seed,
            found=report.hash_seed or "unset",
            reason="The step, or a process of it, set the variable itself.",
        )
