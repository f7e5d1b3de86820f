# SPDX-License-Identifier: Apache-2.0
"""A report far beyond the size of a comment, as a value."""

from __future__ import annotations

from dataclasses import replace

from golden.report.parts import (
    DEPTH,
    DEPTH_CAUSE,
    MODEL,
    STEPS,
    V3,
    claim,
    leaf,
    metric,
    report,
)

from repro_action.report.model import (
    Counts,
    Notice,
    Report,
    Side,
    State,
)
from repro_action.verdict import Verdict


def huge() -> Report:
    """Return a report far beyond the size of a comment."""
    long = "a_rather_long_name_of_a_layer." * 4
    leaves = tuple(
        leaf(f"{long}{place}.weight", reason="shape (13, 3) became (13, 4)") for place in range(20)
    )
    artifacts = tuple(
        replace(
            MODEL, path=f"out/models/fold-{place:03}/model.joblib", leaves=leaves, leaf_count=300, hidden=280
        )
        for place in range(50)
    )
    metrics = tuple(
        metric(f"fold_{place:03}.accuracy", 0.9, 0.8, State.DIFFERS, better=False) for place in range(120)
    )
    materials = tuple(replace(DEPTH, name=f"params.toml: {long}{place}") for place in range(100))
    comparison = claim(
        "params",
        metrics=metrics,
        artifacts=artifacts,
        materials=materials,
        hidden=Counts(artifacts=4_950, leaves=1_485_000, metrics=7),
        hidden_materials=900,
        unchanged=Counts(metrics=1),
    )
    return report(
        Verdict.CHANGED,
        "5000 of 5000 artifacts differ.",
        causes=(DEPTH_CAUSE,) * 9,
        claim=comparison,
        change=replace(comparison, before=Side(label="main", platform=V3)),
        steps=STEPS * 200,
        warnings=(Notice(what="w " * 200, why="y " * 200, remedy="c " * 200),) * 60,
    )
