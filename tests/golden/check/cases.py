# SPDX-License-Identifier: Apache-2.0
"""Reports of deployed models, one for each kind of answer."""

from __future__ import annotations

from dataclasses import replace

from golden.probe.cases import EVIL

from repro_action.report.check_model import (
    BytesAnswer,
    CheckedFile,
    CheckReport,
    EarlierBaseline,
    FoundBy,
    LeftOut,
    ModelMatch,
    PlatformAnswer,
)
from repro_action.report.leaves import LeafDifference, Magnitude
from repro_action.report.model import ArtifactDifference, Comparison, Counts, Side
from repro_action.report.states import Measured, State
from repro_action.verdict import Verdict

COMMIT = "3f2a9c41d7e85b60f1a2c3d4e5f60718293a4b5c"
SAME = "sha256:" + "7f" * 32
OTHER = "sha256:" + "68" * 32

FILE = CheckedFile(
    path="model.skops",
    product="out/model.joblib",
    found_by=FoundBy.CONTENT,
    match=ModelMatch.IDENTICAL,
    format="skops",
    accepted_format="joblib",
    size=23_760,
    sha256="sha256:" + "fd" * 32,
    accepted_digest="blake3:" + "a1" * 32,
    bytes=BytesAnswer.DIFFERENT,
    leaves=SAME,
    accepted_leaves=SAME,
    corresponding=40,
    identical=40,
)

REPRODUCED = CheckReport(
    tool="0.2.0",
    name="wine",
    verdict=Verdict.REPRODUCED,
    subject="models:/wine@champion",
    resolved="models:/wine/3",
    record="wine version 3",
    sha256=FILE.sha256,
    commit=COMMIT,
    fingerprint="5e" * 32,
    platform="x86_64-v3",
    platforms=(
        PlatformAnswer(platform="aarch64-linux", verdict=Verdict.DRIFTED),
        PlatformAnswer(platform="x86_64-v3", verdict=Verdict.REPRODUCED),
    ),
    files=(FILE,),
    context=("MLmodel", "requirements.txt"),
)

DRIFTED = replace(
    REPRODUCED,
    verdict=Verdict.DRIFTED,
    platforms=REPRODUCED.platforms[:1],
    files=(replace(FILE, found_by=FoundBy.NAME, match=ModelMatch.DIFFERS, leaves=OTHER, identical=39),),
    context=(),
    comparison=Comparison(
        before=Side(label="baseline", platform="x86_64-v3", revision=COMMIT[:12]),
        after=Side(label="subject", platform="x86_64-v3"),
        artifacts=(
            ArtifactDifference(
                path="out/model.joblib",
                step="train",
                format="skops",
                state=State.DIFFERS,
                size_before=1_536,
                size_after=23_760,
                reason="the format was joblib",
                leaf_count=40,
                leaves=(
                    LeafDifference(
                        path="steps[1][1].coef_",
                        state=State.DIFFERS,
                        before="<f8 mean 0.1",
                        after="<f8 mean 0.1",
                        dtype="<f8",
                        shape=(3, 4),
                        magnitude=Magnitude(
                            measured=Measured.ELEMENTS,
                            max_abs=2.22e-16,
                            max_ulp=1,
                            differing=1,
                            total=12,
                            first="[0, 0]",
                        ),
                    ),
                ),
            ),
        ),
        unchanged=Counts(leaves=39),
    ),
    earlier=EarlierBaseline(commit="9b" * 20, ago=3, platform="x86_64-v3"),
)

WEIGHTS = replace(
    REPRODUCED,
    subject="served/model.npz",
    resolved="served/model.npz",
    record="",
    platforms=(),
    context=(),
    files=(
        replace(
            FILE,
            path="model.npz",
            format="npz",
            found_by=FoundBy.ONLY,
            corresponding=16,
            identical=16,
            left_out=(LeftOut(rule="what an arrays-only file cannot hold", count=22),),
        ),
    ),
)

INCOMPLETE = replace(
    WEIGHTS,
    verdict=Verdict.FAILED,
    files=(
        replace(
            WEIGHTS.files[0],
            match=ModelMatch.INCOMPLETE,
            leaves="",
            accepted_leaves="",
            corresponding=4,
            identical=4,
            accepted_alone=("steps[0][1].var_", "steps[1][1].classes_"),
            accepted_alone_count=12,
        ),
    ),
    unmatched=("other.npz",),
)

NO_BASELINE = CheckReport(
    tool="0.2.0", name="wine", verdict=Verdict.NO_BASELINE, subject="model.npz", resolved="model.npz"
)

HOSTILE = replace(
    INCOMPLETE,
    name=EVIL,
    subject=EVIL,
    resolved=f"{EVIL}2",
    record=EVIL,
    platform=EVIL,
    unmatched=(EVIL,),
    context=(EVIL,),
    notes=(EVIL,),
    files=(
        replace(
            INCOMPLETE.files[0],
            path=EVIL,
            product=EVIL,
            format=EVIL,
            accepted_format=EVIL,
            alone=(EVIL,),
            alone_count=1,
            accepted_alone=(EVIL,),
            reason=EVIL,
        ),
    ),
)

CASES = {
    "drifted": DRIFTED,
    "hostile": HOSTILE,
    "incomplete": INCOMPLETE,
    "no_baseline": NO_BASELINE,
    "reproduced": REPRODUCED,
    "weights": WEIGHTS,
}
