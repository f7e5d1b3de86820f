# SPDX-License-Identifier: Apache-2.0
"""Parts of which reports of the golden cases are put together, each with usual values."""

from __future__ import annotations

from dataclasses import replace

from repro_action.compare.materials import MaterialDifference, Presence
from repro_action.fingerprint import MaterialKind
from repro_action.report.model import (
    STRIP,
    ArtifactDifference,
    Cause,
    Comparison,
    Counts,
    Fact,
    Goal,
    InputState,
    LeafDifference,
    Magnitude,
    Measured,
    MetricRow,
    Pair,
    Report,
    Side,
    State,
    StepLine,
    StepState,
)
from repro_action.verdict import Verdict

V3 = "x86_64-v3"


IDENTICAL = Counts(artifacts=4, leaves=61, metrics=5)


STEPS = (
    StepLine(name="prepare", state=StepState.RAN, seconds=0.5),
    StepLine(name="train", state=StepState.RAN, seconds=12.34),
)


ENVIRONMENT = (
    Fact(name="backend", value="nix"),
    Fact(name="python", value="3.11.7 (cpython)"),
    Fact(name="packages", value="23, sealed by record"),
)


def strip(*differing: str, hardware: str = "") -> tuple[InputState, ...]:
    return tuple(
        InputState(name=name, same=name not in differing, note=hardware if name == "hardware" else "")
        for name in STRIP
    )


def claim(*differing: str, **fields: object) -> Comparison:
    comparison = Comparison(
        before=Side(label="baseline", platform=V3, revision="1a2b3c4"),
        after=Side(label="this run", platform=V3),
        strip=strip(*differing),
        unchanged=IDENTICAL,
    )
    return replace(comparison, **fields)


def change(*differing: str, **fields: object) -> Comparison:
    comparison = claim(*differing, **fields)
    return replace(
        comparison,
        before=Side(label="main", platform=V3, revision="0f9e8d7"),
        after=Side(label="this pull request", platform=V3, revision="1a2b3c4"),
    )


def report(verdict: Verdict, headline: str = "", **fields: object) -> Report:
    report = Report(
        tool="0.1.0",
        name="wine",
        verdict=verdict,
        headline=headline,
        claim=claim(),
        steps=STEPS,
        environment=ENVIRONMENT,
        reproduce=("git checkout 1a2b3c4", "nix develop --command repro verify"),
        fingerprint="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    )
    return replace(report, **fields)


def metric(name: str, before: float, after: float, state: State, **fields: object) -> MetricRow:
    return MetricRow(
        file="out/metrics.json",
        name=name,
        state=state,
        before=before,
        after=after,
        **{
            "delta": after - before,
            "relative": (after - before) / abs(before),
            "goal": Goal.MAX,
            "allowed": "exact",
            **fields,
        },
    )


def leaf(path: str, state: State = State.DIFFERS, **fields: object) -> LeafDifference:
    return LeafDifference(
        path=path,
        state=state,
        **{
            "before": "<f8 (13, 3) mean 0.0412",
            "after": "<f8 (13, 3) mean 0.0413",
            "dtype": "<f8",
            "shape": (13, 3),
            "magnitude": Magnitude(
                measured=Measured.ELEMENTS,
                max_abs=3.1e-4,
                max_rel=0.0013,
                max_ulp=1_400_000_000,
                differing=39,
                total=39,
                first="[0, 0]",
            ),
            **fields,
        },
    )


MODEL = ArtifactDifference(
    path="out/model.joblib",
    step="train",
    format="joblib",
    state=State.DIFFERS,
    size_before=12_390,
    size_after=12_710,
    leaves=(leaf("steps[1][1].coef_"), leaf("steps[1][1].n_iter_", before="17", after="19", magnitude=None)),
    leaf_count=61,
    hidden=3,
)


DEPTH = MaterialDifference(
    kind=MaterialKind.PARAMS,
    name="params.toml: max_depth",
    before=4,
    after=6,
    presence=Presence.CHANGED,
    file="params.toml",
    line=3,
)


DEPTH_CAUSE = Cause(
    kind=MaterialKind.PARAMS,
    name="params.toml: max_depth",
    text="params.toml: max_depth 4 → 6",
    before="4",
    after="6",
    file="params.toml",
    line=3,
)


CPU = Pair(name="cpu", before="AMD EPYC 7763", after="Intel Xeon Platinum 8370C")


ULP = Magnitude(
    measured=Measured.ELEMENTS,
    max_abs=3.3e-16,
    max_rel=4e-16,
    max_ulp=2,
    differing=3,
    total=39,
    first="[4, 1]",
)


KEPT = MetricRow(
    file="out/metrics.json",
    name="accuracy",
    state=State.IDENTICAL,
    before=0.9312,
    after=0.9312,
    goal=Goal.MAX,
    allowed="exact",
)


def first() -> Comparison:
    """Return the comparison of a model that nothing came before."""
    row = replace(KEPT, state=State.ADDED, before=None)
    return claim(
        strip=(),
        metrics=(row, replace(row, name="val_loss", after=0.2239, goal=Goal.MIN)),
        artifacts=(replace(MODEL, state=State.ADDED, size_before=None, leaves=(), leaf_count=0, hidden=0),),
        unchanged=Counts(),
    )
