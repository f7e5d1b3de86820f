# SPDX-License-Identifier: Apache-2.0
"""Rules of a Makefile that make files are steps; others say how scripts run."""

from __future__ import annotations

from pathlib import Path

import pytest
from unit.init.repositories import SKLEARN, proposed, write

MAKE = """\
DATA = data/rows.csv
all: out/model.joblib out/report.html

out/train.csv out/test.csv: split.py $(DATA)
\tpython split.py $(DATA) \\
\t\t--out out

out/model.joblib: train.py out/train.csv
\t@python train.py

out/score.csv: score.py out
\tpython score.py

out/report.html: report.md
\tjupyter-book build report

clean:
\trm -rf out
%.o: %.c
\tcc $<
"""


def test_the_rules_of_a_makefile_that_make_files_are_steps(tmp_path: Path) -> None:
    files = {
        **dict.fromkeys(("split.py", "score.py"), "print(1)\n"),
        "train.py": SKLEARN + "print(1)\n",
        "data/rows.csv": "1\n",
    }
    write(tmp_path, files)
    (tmp_path / "Makefile").write_text(MAKE)
    _, config = proposed(tmp_path)
    assert ["train", "model", "score"] == [step.name for step in config.steps]
    split, train, score = config.steps
    assert ("python", "split.py", "data/rows.csv", "--out", "out") == split.run
    assert ("out/train.csv", "out/test.csv") == split.outputs
    assert ({"train.py", "out/train.csv"}, ("out/model.joblib",)) == (set(train.inputs), train.outputs)
    assert {"score.py", "out/train.csv", "out/test.csv", "out/model.joblib"} == set(score.inputs)
    assert ["data/rows.csv"] == [data.path for data in config.data]


@pytest.mark.parametrize(
    "text", [MAKE.replace("train.py", "gone.py"), "all:\n\tpython train.py\n", ":::\n\t\n", "a b\\"]
)
def test_another_makefile_only_says_how_scripts_run(tmp_path: Path, text: str) -> None:
    write(tmp_path, {"train.py": SKLEARN + 'joblib.dump(Ridge(), "m.joblib")\n', "split.py": "print(1)\n"})
    (tmp_path / "Makefile").write_text(text)
    assert ["train"] == [step.name for step in proposed(tmp_path)[1].steps]
