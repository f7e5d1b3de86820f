# SPDX-License-Identifier: Apache-2.0
"""Which outputs are predictions, as the configuration says it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class PredictionConfig:
    """One `[predictions."FILE"]` entry: an output whose rows are decisions of the model.

    Attributes:
        path: of the output.
        key: column that names a row; empty to match rows by their number.
        label: column of classes; empty for none.
        score: column of numbers, such as probabilities or predicted values; empty for none.
        truth: column of the classes that are right; empty where the file does not have them.
        show_rows: whether reports list a few rows by their key.
    """

    path: str
    key: str = ""
    label: str = ""
    score: str = ""
    truth: str = ""
    show_rows: bool = False
