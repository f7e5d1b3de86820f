# SPDX-License-Identifier: Apache-2.0
"""What a run met, as named facts: its environment, and where randomness entered."""

from __future__ import annotations

from collections.abc import Mapping

from repro_action.determinism.judge import KnobOutcome
from repro_action.findings.observed import seeded, unseeded
from repro_action.interpreter.environment import Environment
from repro_action.numeric.kernels import shown
from repro_action.numeric.signature import signature_in
from repro_action.report.build.notices import some, steps_text
from repro_action.report.model import Fact
from repro_action.runs.run import Run


def facts(environment: Environment, run: Run) -> tuple[Fact, ...]:
    """Return what a run met, without what is not known."""
    around = run.fingerprint.circumstances
    signature = signature_in(around)
    named: Mapping[str, str] = {
        "backend": environment.backend,
        **environment.facts,
        "python": environment.python_version,
        "packages": str(len(environment.distributions)),
        "platform": run.fingerprint.platform,
        "cpu": around.get("cpu", ""),
        "blas kernel": around.get("blas_kernel", ""),
        "numeric signature": shown(signature) if signature is not None else "",
        "sandbox": run.enforced.text,
        "trackers": _tracked(run),
        "threads capped": _capped(run.capped),
        **_knobs(run.knobs),
        **_randomness(run),
    }
    return tuple(Fact(name=name, value=value) for name, value in named.items() if value)


def _tracked(run: Run) -> str:
    """Say which steps logged to trackers, and where that is."""
    steps = [name for name, use in run.enforced.seen.items() if use.tracked]
    kept = "`tracking` of the newest folder below .repro/runs"
    return f"{steps_text(steps)} logged into a folder, which is in {kept}" if steps else ""


def _capped(capped: Mapping[str, int]) -> str:
    """Return what a program asked libraries for beyond the limit: `joblib asked for 4 (cap_threads)`."""
    capped_libraries = [
        f"{name} asked for {count if count > 0 else 'all cores'}" for name, count in capped.items()
    ]
    return f"{some(capped_libraries)} (cap_threads)" if capped_libraries else ""


def _knobs(knobs: Mapping[str, KnobOutcome]) -> dict[str, str]:
    """Name the determinism settings by what the processes of the steps show of them."""
    found = {
        outcome: [name for name, seen in knobs.items() if seen is outcome]
        for outcome in (
            KnobOutcome.CONFIRMED,
            KnobOutcome.UNCONFIRMED,
            KnobOutcome.NO_EFFECT,
            KnobOutcome.NOT_LOADED,
        )
    }
    return {f"knobs: {outcome.value}": ", ".join(names) for outcome, names in found.items() if names}


def _randomness(run: Run) -> dict[str, str]:
    seen = [item for found in run.observations.values() for item in found]
    lists = {
        "unseeded": [f"{found.location} {found.what}" for found in unseeded(seen)],
        "seeded by policy": list(seeded(seen)),
    }
    return {name: some(lines) for name, lines in lists.items() if lines}
