# SPDX-License-Identifier: Apache-2.0
"""What is to be said of several steps is said once, with their names."""

from __future__ import annotations

from repro_action.observation import Observation, ObservationKind
from repro_action.report.build.notices import read_notices, undeclared_notices, unvouched_notices
from repro_action.report.build.sandbox_notices import enclosed_notices
from repro_action.sandbox.protocol import Enforced, UndeclaredUse

MANY = [f"s{number}" for number in range(60)]


def test_sixty_steps_with_one_fact_are_one_warning() -> None:
    (notice,) = unvouched_notices(dict.fromkeys(MANY, "Python ran without the hook"))
    assert notice.what == (
        "the record of steps s0, s1, s2, s3, s4 and 55 more may be incomplete: Python ran without the hook"
    )


def test_a_warning_names_the_steps_of_its_own_files_only() -> None:
    first, second = undeclared_notices({"a": ("x.py",), "b": ("y.py",), "c": ("x.py",)})
    assert first.what == "steps a, c imported files that they do not declare: x.py"
    assert first.remedy == "Add them to `inputs` of steps a, c."
    assert second.what == "step b imported files that it does not declare: y.py"


def test_files_that_are_read_at_other_lines_are_warnings_of_their_own() -> None:
    reads = {
        step: [Observation(kind=ObservationKind.READ, what="open()", detail="d.csv", file="m.py", line=line)]
        for step, line in (("a", 3), ("b", 3), ("c", 9))
    }
    assert [(notice.what, notice.where) for notice in read_notices(reads)] == [
        ("steps a, b read files that no step declares: d.csv", "m.py:3"),
        ("step c read files that no step declares: d.csv", "m.py:9"),
    ]


def test_what_steps_did_inside_of_a_sandbox_is_said_once_a_kind() -> None:
    use = UndeclaredUse(written=("log.txt",), sought=("b.cfg",))
    notices = enclosed_notices(Enforced(seen=dict.fromkeys(MANY, use)))
    assert [notice.what for notice in notices] == [
        "steps s0, s1, s2, s3, s4 and 55 more looked for files that they do not declare: b.cfg",
        "steps s0, s1, s2, s3, s4 and 55 more wrote files that they do not declare: log.txt",
    ]
