# SPDX-License-Identifier: Apache-2.0
"""Times and random ids among differing values are called what they are."""

from __future__ import annotations

import pytest

from repro_action.report.build.values import Accident, accident, accidents
from repro_action.report.model import ArtifactDifference, LeafDifference, State

ONE, OTHER = "0b7792e5-1a0f-4c7e-9f0c-3d1f5a2b4c6d", "21b4d292-5872-4524-951c-850c98fb807d"


def leaf(path: str, before: str, after: str, shape: tuple[int, ...] = ()) -> LeafDifference:
    return LeafDifference(path=path, state=State.DIFFERS, before=before, after=after, shape=shape)


def artifact(*leaves: LeafDifference) -> ArtifactDifference:
    return ArtifactDifference(
        path="study.pkl", step="train", format="pickle", state=State.DIFFERS, leaves=leaves
    )


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (leaf("name", f'"run-{ONE}"', f'"run-{OTHER}"'), Accident.ID),
        (leaf(f"ids['{ONE}']", "0", ""), Accident.ID),
        (leaf("at", '"2026-01-02T03:04:05"', '"2026-01-02T03:04:06"'), Accident.TIME),
        (leaf("trials[0]._datetime_start", "b'..'", "b'.,'", (10,)), Accident.TIME),
        (leaf("train_runtime", "0.31", "0.33"), Accident.TIME),
        (leaf("", '"…   04:20:22   Log-Lik…"', '"…   04:19:09   Log-Lik…"'), Accident.TIME),
        (leaf("", '"Mon, 30 Nov 2026"', '"Tue, 01 Dec 2026"'), Accident.TIME),
        (leaf("log", '"fitted in 1.23 s"', '"fitted in 1.4 s"'), Accident.TIME),
        (leaf("x", "1764476400.25", "1764476402.5"), Accident.TIME),
        (leaf("x", "1764476400250", "1764476402500"), Accident.TIME),
        (leaf("key", "<function f at 0x7f00aa10>", "<function f at 0x7f00bb10>"), Accident.ADDRESS),
        (leaf("", '"at 04:20 loss 0.5"', '"at 04:21 loss 0.6"'), None),
        (leaf("w", "<f4 200 mean 9 std 57.7 min 0", "<f4 200 mean 9 std 57.6 min 0", (200,)), None),
        (leaf("x", "1764476400.25", "17.5"), None),
        (leaf("x", "12.5", "13.5"), None),
        (leaf("w", "0x7f00aa10 1", "0x7f00aa10 2"), None),
        (leaf("coef_", "0.1", "0.2"), None),
        (leaf("sometimes", "0.1", "0.2"), None),
        (leaf("time", "<f8 (900,)", "<f8 (900,)", (900,)), None),
    ],
)
def test_a_value_says_what_it_is(found: LeafDifference, expected: Accident | None) -> None:
    assert accident(found) is expected


def test_each_kind_is_one_cause_and_it_is_known_whether_anything_else_differs() -> None:
    name, time = leaf("name", ONE, OTHER), leaf("seconds", "1.0", "2.0")
    causes, nothing_else = accidents([artifact(name, name, time)], "train")
    assert [cause.name for cause in causes] == ["random-id", "time-value"]
    assert "name contains a random id, as does 1 other value" in causes[0].text
    assert nothing_else
    assert accidents([artifact(name, leaf("coef_", "1", "2"))], "train") == (causes_of_one(name), False)


def causes_of_one(found: LeafDifference) -> tuple[object, ...]:
    return accidents([artifact(found)], "train")[0]
