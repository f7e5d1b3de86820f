# SPDX-License-Identifier: Apache-2.0
"""The reports of the golden cases, as values; what each medium makes of them stands beside."""

from __future__ import annotations

import math
from dataclasses import replace

from golden.report.huge import huge
from golden.report.parts import (
    CPU,
    DEPTH,
    DEPTH_CAUSE,
    KEPT,
    MODEL,
    STEPS,
    ULP,
    change,
    claim,
    first,
    leaf,
    metric,
    report,
    strip,
)

from repro_action.compare.materials import MaterialDifference, Presence
from repro_action.fingerprint import MaterialKind
from repro_action.report.model import (
    Cause,
    Comparison,
    Counts,
    ExcludedLeaves,
    Flavour,
    Goal,
    Magnitude,
    Measured,
    Notice,
    Pair,
    Report,
    Side,
    State,
    StepLine,
    StepState,
)
from repro_action.verdict import Verdict


def _cases() -> dict[str, Report]:
    loss = math.nextafter(math.nextafter(0.22104715, 1), 1)
    accuracy = metric("accuracy", 0.9312, 0.94157, State.DIFFERS, better=True)
    worse = metric("val_loss", 0.221, 0.2239, State.DIFFERS, goal=Goal.MIN, better=False, allowed="±1 %")
    changed = claim(
        "params",
        materials=(DEPTH,),
        metrics=(accuracy, worse),
        artifacts=(MODEL,),
        unchanged=Counts(artifacts=3, leaves=56, metrics=3),
    )
    ulp = claim(
        "hardware",
        strip=strip("hardware", hardware="Intel Xeon Platinum 8370C"),
        metrics=(metric("log_loss", 0.22104715, loss, State.DIFFERS, goal=Goal.MIN, ulp=2, better=False),),
        artifacts=(replace(MODEL, size_after=12_390, leaves=(leaf("coef_", magnitude=ULP),), hidden=0),),
        unchanged=Counts(artifacts=3, leaves=60, metrics=4),
    )
    return {
        "reproduced": report(
            Verdict.REPRODUCED,
            "Every output is identical to the baseline, leaf by leaf.",
            claim=claim(
                metrics=(
                    KEPT,
                    replace(KEPT, name="log_loss", before=0.2210471504, after=0.2210471504, goal=Goal.MIN),
                )
            ),
            change=change(),
        ),
        "reproduced_materials": report(
            Verdict.REPRODUCED,
            "Every output is identical, though the code changed: the refactoring proved itself harmless.",
            flavour=Flavour.MATERIALS,
            claim=claim(
                "code",
                materials=(
                    MaterialDifference(
                        kind=MaterialKind.CODE,
                        name="train.py",
                        before="blake3:9f86d081884c",
                        after="blake3:60303ae22b99",
                        presence=Presence.CHANGED,
                    ),
                ),
            ),
            reproduce=("repro accept --materials",),
        ),
        "bytes_only": report(
            Verdict.REPRODUCED,
            "Every leaf is identical; the bytes of one container are not.",
            flavour=Flavour.BYTES_ONLY,
            claim=claim(
                artifacts=(
                    replace(
                        MODEL,
                        path="out/model.zip",
                        format="torch",
                        state=State.BYTES_ONLY,
                        size_after=12_390,
                        reason="serialization id",
                        leaves=(),
                        hidden=0,
                    ),
                ),
                excluded=(
                    ExcludedLeaves(
                        artifact="out/model.zip",
                        rule="torch serialization id",
                        count=1,
                        example=".data/serialization_id",
                    ),
                ),
            ),
        ),
        "equivalent": report(
            Verdict.EQUIVALENT,
            "1 of 4 artifacts and 1 of 5 metrics differ, all inside the declared tolerance.",
            claim=claim(
                metrics=(metric("accuracy", 0.9312, 0.9315, State.TOLERATED, better=True, allowed="±0.002"),),
                artifacts=(
                    replace(
                        MODEL,
                        state=State.TOLERATED,
                        leaves=(leaf("coef_", State.TOLERATED, magnitude=ULP),),
                        hidden=0,
                    ),
                ),
                unchanged=Counts(artifacts=3, leaves=60, metrics=4),
            ),
        ),
        "changed_params": report(
            Verdict.CHANGED,
            "1 of 4 artifacts and 2 of 5 metrics differ, because a parameter changed.",
            causes=(DEPTH_CAUSE,),
            claim=changed,
            change=replace(change(), **_fields(changed)),
            steps=(STEPS[0], replace(STEPS[1], first_difference=True)),
            reproduce=("repro verify", "repro accept"),
        ),
        "changed_packages_and_data": report(
            Verdict.CHANGED,
            "2 of 4 artifacts differ.",
            causes=(
                Cause(kind=MaterialKind.PACKAGES, name="numpy", text="numpy 2.4.4 → 2.4.6"),
                Cause(kind=MaterialKind.DATA, name="data/train.csv", text="data/train.csv: +120 rows"),
                Cause(kind=MaterialKind.PACKAGES, name="scipy", text="scipy 1.17.0 → 1.17.1"),
                Cause(kind=MaterialKind.PACKAGES, name="joblib", text="joblib 1.5.3 → 1.6.0"),
            ),
            claim=claim(
                "data",
                "env",
                materials=(
                    MaterialDifference(
                        kind=MaterialKind.DATA,
                        name="data/train.csv",
                        before="blake3:11",
                        after="blake3:22",
                        presence=Presence.CHANGED,
                    ),
                    MaterialDifference(
                        kind=MaterialKind.PACKAGES,
                        name="numpy",
                        before="2.4.4",
                        after="2.4.6",
                        presence=Presence.CHANGED,
                    ),
                ),
                artifacts=(
                    replace(
                        MODEL,
                        path="out/pred.csv",
                        format="csv",
                        state=State.MISSING,
                        size_after=None,
                        leaves=(),
                        hidden=0,
                    ),
                    MODEL,
                ),
                hidden_materials=2,
                unchanged=Counts(artifacts=2, leaves=20, metrics=5),
            ),
            warnings=(
                Notice(
                    what="the step train read a file that it does not declare: extra.csv",
                    why="Its content is no material, so a change of it would go unseen.",
                    remedy="Add it to inputs.",
                    where="repro.toml: steps.train",
                ),
            ),
        ),
        "drifted_stable_cpu": report(
            Verdict.DRIFTED,
            "No material changed and two runs agree with each other, but not with the baseline.",
            flavour=Flavour.STABLE,
            causes=(Cause(kind=None, name="cpu", text="CPU: AMD EPYC 7763 → Intel Xeon Platinum 8370C"),),
            claim=ulp,
            circumstances=(CPU, Pair(name="kernel", before="6.8.0", after="6.11.0")),
            hints=(
                Notice(
                    what="differences of a few ULP in linear algebra come from CPU kernels",
                    remedy='Set profile = "portable" under [determinism].',
                ),
            ),
        ),
        "drifted_flaky": report(
            Verdict.DRIFTED,
            "Two runs of the same materials disagree with each other.",
            flavour=Flavour.FLAKY,
            causes=(
                Cause(
                    kind=None,
                    name="nondeterminism",
                    text="step train gives different results each time, "
                    "smallest difference at out/model.joblib: steps[1][1].n_iter_",
                ),
            ),
            claim=claim(
                artifacts=(replace(MODEL, size_after=12_390, hidden=0),),
                unchanged=Counts(artifacts=3, leaves=59, metrics=5),
            ),
            steps=(STEPS[0], replace(STEPS[1], first_difference=True)),
            reproduce=("repro probe",),
        ),
        "no_baseline_nearest": report(
            Verdict.NO_BASELINE,
            "There is no baseline for aarch64-darwin yet; metrics agree with x86_64-v3.",
            flavour=Flavour.NEAREST,
            claim=claim(
                "hardware",
                after=Side(label="this run", platform="aarch64-darwin"),
                artifacts=(
                    replace(
                        MODEL,
                        leaves=(
                            leaf(
                                "coef_",
                                magnitude=Magnitude(measured=Measured.STATISTICS, max_abs=2.2e-16, total=39),
                            ),
                        ),
                        hidden=0,
                    ),
                ),
            ),
            reproduce=("repro accept",),
        ),
        "failed_pin": report(
            Verdict.FAILED,
            "The data is not the data that was pinned.",
            claim=None,
            steps=(),
            error=Notice(
                what="data/wine.csv is not the file that was pinned",
                why="It was edited, or Git changed its line endings.",
                remedy="Restore it, or run `repro pin data/wine.csv` if the change is intended.",
                where="repro.toml: data[0]",
            ),
            fingerprint="",
        ),
        "failed_step": report(
            Verdict.FAILED,
            Verdict.FAILED.meaning,
            claim=None,
            steps=(
                STEPS[0],
                StepLine(name="train", state=StepState.FAILED, seconds=2.5),
                StepLine(name="evaluate", state=StepState.NOT_RUN),
            ),
            causes=(Cause(kind=None, name="raised", text="KeyError: 'alcohol'", file="train.py", line=3),),
            error=Notice(
                what="step train failed: exit status 1",
                why="Its last lines were:\nTraceback (most recent call last):\n"
                "  File \"train.py\", line 3, in <module>\nKeyError: \x1b[31m'alcohol'\x1b[0m",
                remedy="Read the log for the error.",
                log="/home/runner/work/models/.repro/runs/20260102T030405Z-1/logs/train.log",
            ),
            fingerprint="",
        ),
        "first_run": report(
            Verdict.NO_BASELINE,
            "this is the first run for x86_64-v3: it becomes the baseline when it is accepted; two runs here agree",
            claim=first(),
            reproduce=("repro accept",),
        ),
        "huge": huge(),
    }


def _fields(comparison: Comparison) -> dict[str, object]:
    return {
        name: getattr(comparison, name)
        for name in ("strip", "materials", "metrics", "artifacts", "unchanged")
    }


CASES = _cases()
