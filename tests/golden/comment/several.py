# SPDX-License-Identifier: Apache-2.0
"""Bundles of several models, as values."""

from __future__ import annotations

from dataclasses import replace

from golden.comment.parts import bundle, entry
from golden.comment.single import ACCURACY, NUMPY, NUMPY_CAUSE, flaky, new_baseline, stale
from golden.report.cases import CASES
from golden.report.parts import (
    change,
    metric,
    report,
)

from repro_action.report.bundle import Bundle
from repro_action.report.model import Goal, Notice, Report, State
from repro_action.verdict import Verdict


def many() -> Bundle:
    names = ("amber", "birch", "cedar", "dune", "elm", "fjord", "grove", "heath", "iris", "juniper")
    calm = [
        entry(
            report(
                Verdict.REPRODUCED,
                "4 artifacts (61 leaves) and 5 metrics are identical to the baseline.",
                name=name,
                change=change(),
                warnings=(Notice(what="a warning"),) if name == "elm" else (),
            ),
            f"models/{name}/repro.toml",
        )
        for name in names[:9]
    ]
    bad = [
        entry(replace(flaky(), name="kelp"), "models/kelp/repro.toml"),
        entry(replace(CASES["failed_step"], name="lotus"), "models/lotus/train.toml"),
    ]
    moved = entry(replace(new_baseline(), name="juniper"), "models/juniper/repro.toml")
    return bundle(*calm, moved, *bad)


def one_edit() -> Bundle:
    """Twelve models with one identical edit, of which each moves its own metrics."""
    shown = CASES["changed_params"]

    def moved(place: int) -> Report:
        rows = (
            metric("val_loss", 0.221, 0.2239 + place / 1000, State.DIFFERS, goal=Goal.MIN, better=False),
            ACCURACY,
        )
        return replace(
            shown,
            name=f"churn-{place:02}",
            change=change(),
            causes=(NUMPY_CAUSE,),
            claim=replace(shown.claim, metrics=rows, materials=(NUMPY,)),
        )

    return bundle(*(entry(moved(place), f"models/churn-{place:02}/repro.toml") for place in range(12)))


def fleet() -> Bundle:
    """Two hundred models that all changed."""
    return bundle(
        *(
            entry(replace(stale(), name=f"model-{place:03}"), f"models/model-{place:03}/repro.toml")
            for place in range(200)
        )
    )
