# SPDX-License-Identifier: Apache-2.0
"""Predictions recognised by the names of their columns: what people call a label, a score, a truth, a key."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_LABEL = re.compile(
    r"(y_?)?(pred|preds|predicted|prediction|predictions|yhat|y_hat)(_?(label|class|category|value))?"
    r"|(label|class)_?(pred|predicted)",
    re.IGNORECASE,
)
_SCORE = re.compile(
    r"((y|pred|predicted|prediction|class|positive)_?)?(score|prob|proba|probability|confidence|logit)s?",
    re.IGNORECASE,
)
_TRUTH = re.compile(
    r"y|y_?true|truth|ground_?truth|target|actual|expected|label|(true|actual|gold)_?(label|class|value|y)",
    re.IGNORECASE,
)
_KEY = re.compile(r"id|key|uuid|guid|index|row|row_?(id|number)|.+_(id|key|uuid)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnRoles:
    """Columns of a file of predictions; each is empty where there is none."""

    key: str = ""
    label: str = ""
    score: str = ""
    truth: str = ""


def recognise(names: Sequence[str]) -> ColumnRoles | None:
    """Return which columns are what; None where a table does not look like predictions.

    A column that is called a prediction is enough; a score is, beside a key or a truth. Of several that
    fit, the first is taken.
    """
    label = _first(names, _LABEL)
    score = _first([name for name in names if name != label], _SCORE)
    others = [name for name in names if name not in {label, score}]
    truth, key = _first(others, _TRUTH), _first(others, _KEY)
    if not label and not (score and (key or truth)):
        return None
    # Without a label there is no decision that a truth could refute.
    return ColumnRoles(key=key, label=label, score=score, truth=truth if label else "")


def _first(names: Sequence[str], pattern: re.Pattern[str]) -> str:
    return next((name for name in names if pattern.fullmatch(name.strip())), "")
