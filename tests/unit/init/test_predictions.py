# SPDX-License-Identifier: Apache-2.0
"""Outputs that look like predictions are proposed with their columns."""

from functools import partial

import pytest
from unit.init.repositories import SKLEARN, pin, write

from repro_action.config.load import parse
from repro_action.init.predictions import proposed_predictions
from repro_action.init.propose import propose
from repro_action.init.survey import survey

pytestmark = pytest.mark.processes
TRAIN = SKLEARN + 'import pandas\npandas.DataFrame().to_csv("p.csv")\njoblib.dump(Ridge(), "m.joblib")\n'


def proposed(root, rows):
    write(root, {"train.py": TRAIN, "p.csv": rows})
    found = propose(survey(root), pin, predictions=partial(proposed_predictions, root))
    return parse(found.text, root / "repro.toml").predictions


def test_columns_are_proposed_and_rows_stay_private(tmp_path):
    (found,) = proposed(tmp_path, "id,y_pred,proba,y_true\n1,a,0.5,a\n2,b,0.5,a\n")
    columns = (found.path, found.key, found.label, found.score, found.truth, found.show_rows)
    assert ("p.csv", "id", "y_pred", "proba", "y_true", False) == columns


def test_a_column_with_repeats_is_no_key(tmp_path):
    (found,) = proposed(tmp_path, "id,y_pred\n1,a\n1,b\n")
    assert ("", "y_pred") == (found.key, found.label)


@pytest.mark.parametrize("rows", ["x,y\n1,2\n", "", "id,y_pred\n1\n", "id,y_pred\n1,a\n\x00"])
def test_other_files_are_not_predictions(tmp_path, rows):
    assert () == proposed(tmp_path, rows)
