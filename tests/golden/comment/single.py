# SPDX-License-Identifier: Apache-2.0
"""Reports of one model, as values."""

from __future__ import annotations

from dataclasses import replace

from golden.report.cases import CASES, first
from golden.report.parts import (
    CPU,
    DEPTH,
    DEPTH_CAUSE,
    KEPT,
    MODEL,
    change,
    claim,
    metric,
    report,
)

from repro_action.compare.materials import MaterialDifference, Presence
from repro_action.findings.observed import Agreement, suspicious
from repro_action.fingerprint import MaterialKind
from repro_action.observation import Observation, ObservationKind
from repro_action.report.model import Cause, Counts, Flavour, Goal, Notice, Report, State, Trend
from repro_action.verdict import Verdict

LOSS = metric("val_loss", 0.221, 0.2239, State.DIFFERS, goal=Goal.MIN, better=False, allowed="±1 %")


ACCURACY = metric("accuracy", 0.9312, 0.94157, State.DIFFERS, better=True)


MOVED = change(
    "data",
    "params",
    metrics=(ACCURACY, LOSS, metric("auc", 0.981, 0.9812, State.TOLERATED, better=True, allowed="±0.002")),
    materials=(
        MaterialDifference(
            kind=MaterialKind.DATA,
            name="data/train.csv",
            before="blake3:11",
            after="blake3:22",
            extent="+120 rows",
        ),
        DEPTH,
    ),
    artifacts=(MODEL,),
    unchanged=Counts(artifacts=3, leaves=56, metrics=2),
)


def new_baseline() -> Report:
    return report(
        Verdict.REPRODUCED,
        "4 artifacts (61 leaves) and 5 metrics are identical to the baseline.",
        claim=claim(metrics=(replace(KEPT, before=0.94157, after=0.94157),)),
        change=MOVED,
        trends=(
            Trend(
                file="out/metrics.json",
                name="accuracy",
                goal=Goal.MAX,
                values=(0.9188, 0.9262, 0.9262, 0.9312, 0.94157),
            ),
            Trend(file="out/metrics.json", name="val_loss", goal=Goal.MIN, values=(0.25, 0.221, 0.2239)),
            Trend(file="out/metrics.json", name="recall", goal=Goal.MAX, values=(0.5, 0.6, 0.7)),
        ),
    )


def flaky() -> Report:
    places = (
        Observation(
            kind=ObservationKind.GENERATOR, what="numpy.random.default_rng()", file="train.py", line=12
        ),
        Observation(kind=ObservationKind.ENTROPY, what="uuid.uuid4()", file="lib/names.py", line=4, count=30),
        Observation(kind=ObservationKind.CLOCK, what="time.time()", file="train.py", line=40, count=2),
    )
    findings = suspicious(places, Agreement.DISAGREE)
    lines = tuple(
        Cause(
            kind=None,
            name="seen",
            text=f"{one.location} {one.what} → {one.remedy}",
            file=one.file,
            line=one.line,
        )
        for one in findings
    )
    return replace(
        CASES["drifted_flaky"],
        causes=(*CASES["drifted_flaky"].causes, *lines),
        observations=places,
        findings=findings,
        change=change(),
        circumstances=(CPU,),
        warnings=(Notice(what="step train imported files that it does not declare: lib/names.py"),),
    )


def stale() -> Report:
    """A change of the parameters whose author has not accepted the new baseline."""
    return replace(CASES["changed_params"], change=change())


NUMPY = MaterialDifference(
    kind=MaterialKind.PACKAGES,
    name="numpy",
    before="2.3.5 record:3f",
    after="2.4.0 record:8c",
    presence=Presence.CHANGED,
    file="requirements.lock",
    line=7,
)


NUMPY_CAUSE = Cause(
    kind=MaterialKind.PACKAGES,
    name="numpy",
    text="numpy 2.3.5 → 2.4.0",
    before="2.3.5",
    after="2.4.0",
    file="requirements.lock",
    line=7,
)


def other_materials() -> Report:
    """A package of another version, and the same bits."""
    return report(
        Verdict.REPRODUCED,
        "4 artifacts (61 leaves) and 5 metrics are identical to the baseline, though 1 material changed: "
        "the change is harmless",
        flavour=Flavour.MATERIALS,
        causes=(NUMPY_CAUSE,),
        claim=claim("env", materials=(NUMPY,)),
        change=change(),
    )


def new_model() -> Report:
    """A model that the base branch does not have, with its baseline."""
    nothing = first()
    return report(
        Verdict.REPRODUCED,
        "1 artifact (61 leaves) and 2 metrics are identical to the baseline",
        claim=claim(metrics=(KEPT,)),
        change=replace(nothing, before=change().before, after=change().after),
    )


def tiny() -> Report:
    """Many metrics, of which some moved by next to nothing."""
    rows = tuple(
        metric(f"fold_{place}_mean_absolute_error", 0.5731234567 + place / 9, 0.5731234567 + place / 9 - 9.16e-10,
               State.DIFFERS, goal=Goal.MIN, better=True)
        for place in range(14)
    )  # fmt: skip
    return replace(
        CASES["changed_params"],
        causes=(NUMPY_CAUSE, DEPTH_CAUSE),
        claim=replace(CASES["changed_params"].claim, metrics=rows),
        change=change(),
    )
