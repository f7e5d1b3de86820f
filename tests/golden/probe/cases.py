# SPDX-License-Identifier: Apache-2.0
"""The probes of the golden cases, as values; what each medium makes of them stands beside."""

from __future__ import annotations

import math
from dataclasses import replace

from repro_action.finding import Confidence, Evidence, Finding, FindingKind
from repro_action.observation import Divergence, LeafMark, TracedCall
from repro_action.report.model import (
    ArtifactDifference,
    Goal,
    LeafDifference,
    Magnitude,
    Measured,
    MetricRow,
    Notice,
    State,
)
from repro_action.report.probe_model import Answer, ProbeFinding, ProbeReport, VariationRow

WHAT = {
    "again": "nothing: the same run once more",
    "hash-seed": "PYTHONHASHSEED: the order of sets of strings",
    "threads": "how many threads libraries are asked to use",
    "blas": "OPENBLAS_CORETYPE: the kernels of matrix products",
    "libm": "GLIBC_TUNABLES: the variants of mathematical functions",
    "build-path": "the folder that the project stands in",
    "locale": "LC_ALL: collation, numbers, encoding",
    "timezone": "TZ: local time",
    "time": "the wall clock, by libfaketime",
    "file-order": "the order in which folders are listed",
    "gc": "when Python collects garbage",
}
NO_FAKETIME = "libfaketime is not installed"
ULP = Magnitude(
    measured=Measured.ELEMENTS,
    max_abs=3.3e-16,
    max_rel=4e-16,
    max_ulp=2,
    differing=11,
    total=39,
    first="[0, 3]",
)
LARGE = Magnitude(
    measured=Measured.ELEMENTS,
    max_abs=3.1e-4,
    max_rel=0.0013,
    max_ulp=10**9,
    differing=39,
    total=39,
    first="[0, 0]",
)


def rows(**answers: VariationRow | Answer) -> tuple[VariationRow, ...]:
    table = {name.replace("_", "-"): answer for name, answer in answers.items()}
    made = []
    for name, what in WHAT.items():
        answer = table.get(name, Answer.SAME)
        fresh = VariationRow(name=name, what=what, answer=Answer.SAME)
        changes = {"answer": answer} if isinstance(answer, Answer) else answer
        made.append(replace(fresh, **changes))
    return tuple(made)


def kept_stable(note: str, *, numeric: bool = True) -> dict[str, object]:
    return {"answer": Answer.PINNED, "note": f"kept stable by {note}", "numeric": numeric}


def leaf(path: str, magnitude: Magnitude | None, **fields: object) -> LeafDifference:
    return LeafDifference(
        path=path,
        state=State.DIFFERS,
        **{
            "before": "<f8 (13, 3) mean 0.0412",
            "after": "<f8 (13, 3) mean 0.0413",
            "dtype": "<f8",
            "shape": (13, 3),
            "magnitude": magnitude,
            **fields,
        },
    )


def model(*leaves: LeafDifference, hidden: int = 0) -> ArtifactDifference:
    return ArtifactDifference(
        path="out/model.joblib",
        step="train",
        format="joblib",
        state=State.DIFFERS,
        size_before=12_390,
        size_after=12_390,
        leaves=leaves,
        leaf_count=61,
        hidden=hidden,
    )


ROBUST = ProbeReport(
    tool="0.1.0",
    name="wine",
    headline="the outputs are identical under 11 variations in 5 runs",
    profile="portable",
    variations=rows(),
    runs=5,
    seconds=12.3,
    platform="x86_64-v3",
)

BLAS = ProbeFinding(
    variations=("blas",),
    step="train",
    pinned_by=("OPENBLAS_CORETYPE",),
    numeric=True,
    artifacts=(model(leaf("steps[1][1].coef_", ULP)),),
    remedy="Keep the profile portable, which pins it.",
)
THREADS = replace(BLAS, variations=("threads",), pinned_by=("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"))

FILE_ORDER = ProbeFinding(
    variations=("file-order",),
    step="prepare",
    artifacts=(
        replace(
            model(),
            path="out/table.npz",
            step="prepare",
            format="npz",
            leaves=(leaf("age", LARGE),),
            leaf_count=3,
        ),
        model(
            leaf("steps[1][1].coef_", LARGE),
            leaf("steps[1][1].n_iter_", None, before="17", after="19", shape=(), dtype="<i8"),
            hidden=3,
        ),
    ),
    metrics=(
        MetricRow(
            file="out/metrics.json",
            name="accuracy",
            state=State.DIFFERS,
            before=0.9312,
            after=0.9416,
            delta=0.0104,
            relative=0.0112,
            goal=Goal.MAX,
            better=True,
        ),
    ),
    places=(
        Finding(
            kind=FindingKind.LISTING,
            step="prepare",
            file="prepare.py",
            line=14,
            what='os.listdir("parts") is used unsorted',
            remedy='Write sorted(os.listdir("parts")).',
            evidence=Evidence.SEEN,
            confidence=Confidence.HIGH,
        ),
        Finding(
            kind=FindingKind.LISTING,
            step="prepare",
            file="features.py",
            line=31,
            what='glob.glob("*.csv") is used unsorted',
            remedy='Write sorted(glob.glob("*.csv")).',
        ),
    ),
    divergence=Divergence(
        index=11,
        before=TracedCall(
            function="prepare.load",
            file="prepare.py",
            line=12,
            marks=(LeafMark(path="[2].age", digest="0f", text="float64 (300,) 31.0, 44.0, …"),),
            caller="train.py:31",
        ),
        after=TracedCall(
            function="prepare.load",
            file="prepare.py",
            line=12,
            marks=(LeafMark(path="[2].age", digest="1e", text="float64 (300,) 52.0, 18.0, …"),),
            caller="train.py:31",
        ),
        differing=(("[2].age", "float64 (300,) 31.0, 44.0, …", "float64 (300,) 52.0, 18.0, …"),),
    ),
    remedy='Write sorted(os.listdir("parts")).',
)

UNSTABLE = replace(
    ROBUST,
    headline="the outputs depend on file-order, and nothing keeps them stable (14 runs)",
    variations=rows(
        blas=kept_stable("OPENBLAS_CORETYPE"),
        threads=kept_stable("OMP_NUM_THREADS"),
        file_order=Answer.DIFFERS,
        time={"answer": Answer.UNAVAILABLE, "note": NO_FAKETIME},
        gc={"answer": Answer.NOT_TRIED, "note": "40 runs were made before its turn"},
    ),
    findings=(FILE_ORDER, BLAS, THREADS),
    runs=14,
    seconds=83.2,
    warnings=(
        Notice(
            what="steps can reach the network",
            why="bubblewrap is not allowed to make namespaces here.",
            remedy="Allow unprivileged user namespaces, or read docs/security.md.",
        ),
    ),
)

HASH_SEED = ProbeFinding(
    variations=("hash-seed",),
    step="train",
    pinned_by=("PYTHONHASHSEED",),
    artifacts=(model(leaf("vocabulary_", None, before="dict 40", after="dict 40", shape=(), dtype="")),),
    places=(Finding(file="train.py", line=8, what="a set is iterated into columns", remedy="Sort it."),),
    remedy="Sort the set before it is iterated; until then the profile keeps it stable.",
)

KEPT_STABLE = replace(
    ROBUST,
    headline="the outputs are identical under 10 variations in 9 runs; the profile holds hash-seed and blas",
    variations=rows(
        hash_seed=kept_stable("PYTHONHASHSEED", numeric=False),
        blas=kept_stable("OPENBLAS_CORETYPE"),
        time={"answer": Answer.UNAVAILABLE, "note": NO_FAKETIME},
    ),
    findings=(HASH_SEED, BLAS),
    runs=9,
)

TOGETHER = replace(
    ROBUST,
    headline="the outputs depend on again, locale and gc, and nothing keeps them stable (5 runs)",
    profile="off",
    variations=rows(
        again=Answer.DIFFERS,
        gc=Answer.DIFFERS,
        locale=Answer.DIFFERS,
        timezone={"answer": Answer.FAILED, "note": "step train failed with exit status 1"},
    ),
    findings=(
        ProbeFinding(variations=("timezone",), step="train", remedy="Work in UTC."),
        ProbeFinding(variations=("again",), step="train", artifacts=(model(leaf("coef_", LARGE)),)),
        ProbeFinding(
            variations=("locale", "gc"),
            step="train",
            artifacts=(model(leaf("coef_", replace(LARGE, max_abs=math.inf))),),
            divergence=Divergence(
                index=0,
                before=None,
                after=TracedCall(function="train.split", file="train.py", line=9, marks=()),
            ),
        ),
    ),
)

FAILED = ProbeReport(
    tool="0.1.0",
    name="wine",
    headline="",
    error=Notice(
        what="step train failed with exit status 1",
        why="Traceback (most recent call last):\n  File train.py, line 3\nKeyError: 'alcohol'",
        remedy="Make `repro verify` succeed first.",
        where="repro.toml: steps.train",
    ),
)

NOTHING = replace(
    ROBUST,
    headline="",
    variations=tuple(replace(row, answer=Answer.UNAVAILABLE, note="not on Linux") for row in rows()),
    runs=1,
)

EVIL = "[bold]x[/]\x1b[2J\u202e | `` <img src=x onerror=y> @org/team #1 \n::error::x ![i](http://x.y) deadbeefcafe"


def _spoilt(value: object) -> object:
    """Put hostile text in the place of every foreign one."""
    import dataclasses
    from enum import StrEnum

    if isinstance(value, StrEnum) or not (isinstance(value, str | tuple) or dataclasses.is_dataclass(value)):
        return value
    if isinstance(value, str):
        return EVIL if value else value
    if isinstance(value, tuple):
        return tuple(_spoilt(item) for item in value)
    return replace(
        value, **{one.name: _spoilt(getattr(value, one.name)) for one in dataclasses.fields(value)}
    )


HOSTILE = replace(
    _spoilt(replace(UNSTABLE, variations=rows(blas=kept_stable("x"), file_order=Answer.DIFFERS)[8:])),
    warnings=(Notice(what=EVIL, why=EVIL, remedy=EVIL, where=EVIL),),
)

HUGE = replace(
    UNSTABLE,
    findings=tuple(
        replace(
            FILE_ORDER,
            variations=(f"variation-{place}",),
            artifacts=tuple(
                replace(
                    model(*(leaf(f"layer{one}.w", LARGE) for one in range(60))),
                    path=f"out/{place}-{item}.npz",
                )
                for item in range(10)
            ),
            places=tuple(
                Finding(file=f"module{one}.py", line=one, what="x" * 300, remedy="y" * 300)
                for one in range(60)
            ),
        )
        for place in range(40)
    ),
)

CASES = {
    "robust": ROBUST,
    "unstable": UNSTABLE,
    "kept_stable": KEPT_STABLE,
    "together": TOGETHER,
    "failed": FAILED,
    "nothing": NOTHING,
    "hostile": HOSTILE,
    "huge": HUGE,
}
