# SPDX-License-Identifier: Apache-2.0
"""A pull request of data and parameters whose metrics were explained by mixes of base and head."""

from __future__ import annotations

from dataclasses import replace

from golden.comment.single import new_baseline

from repro_action.attribution.model import Attribution, FailedMix, Method, MetricAttribution, Share
from repro_action.attribution.players import Player, PlayerKind
from repro_action.notice import Notice
from repro_action.report.model import Report


def moved() -> Report:
    accuracy = MetricAttribution(
        file="out/metrics.json",
        name="accuracy",
        before=0.9312,
        after=0.94157,
        method=Method.SHAPLEY,
        shares=(Share(players=("data",), value=0.01537), Share(players=("params",), value=-0.005)),
        interactions=(Share(players=("data", "params"), value=0.002),),
    )
    loss = MetricAttribution(
        file="out/metrics.json",
        name="val_loss",
        before=0.2239,
        after=None,
        method=Method.NONE,
        missing="the run of head gave no number",
    )
    found = Attribution(
        tool="0",
        name="wine",
        base="0123456789abcdef0123456789abcdef01234567",
        label="main",
        players=(Player(name="data", kind=PlayerKind.DATA), Player(name="params", kind=PlayerKind.PARAMS)),
        metrics=(accuracy, loss),
        runs=3,
        reused=1,
        planned=4,
        failed=(
            FailedMix(
                players=("params|<b>",), step="train", notice=Notice(what="step train failed", why="exit 1")
            ),
        ),
    )
    return replace(new_baseline(), attribution=found)
