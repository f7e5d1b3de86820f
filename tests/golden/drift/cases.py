# SPDX-License-Identifier: Apache-2.0
"""Reports of compared data, one for each kind of answer."""

from __future__ import annotations

from dataclasses import replace

from golden.probe.cases import EVIL

from repro_action.report.drift_model import (
    ColumnDrift,
    ColumnState,
    Distance,
    DriftAnswer,
    DriftReport,
    RowsCheck,
    TableDrift,
)


def distance(measure, value, *, limit, floor=0.05, most=None):
    exceeded = abs(value) > limit and abs(value) > floor
    most = value if most is None else most
    return Distance(measure=measure, value=value, most=most, limit=limit, floor=floor, exceeded=exceeded)


def numbers(psi, ks, js, missing=0.0, most=None):
    return (
        distance("psi", psi, limit=0.2),
        distance("ks", ks, limit=0.1, most=most),
        distance("js", js, limit=0.15),
        distance("missing", missing, limit=0.05, floor=0.01),
    )


INCOME = ColumnDrift(
    name="income",
    state=ColumnState.STABLE,
    kind="number",
    new_kind="number",
    rows=2000,
    new_rows=1500,
    distances=numbers(0.012, 0.024, 0.041),
    p_value=0.31,
    q_value=0.62,
)
AGE = replace(
    INCOME, name="age", state=ColumnState.DRIFTED, distances=numbers(0.312, 0.221, 0.198), p_value=0.0,
    q_value=0.0,
)  # fmt: skip
CITY = ColumnDrift(
    name="city",
    state=ColumnState.DRIFTED,
    kind="category",
    new_kind="category",
    rows=2000,
    new_rows=1400,
    missing=0.0,
    new_missing=0.066,
    distances=(
        distance("psi", 0.09, limit=0.2),
        distance("js", 0.11, limit=0.15),
        distance("new_categories", 0.042, limit=0.01, floor=0.009),
        distance("missing", 0.066, limit=0.05, floor=0.01),
    ),
    p_value=0.0004,
    q_value=0.0008,
    added_count=2,
    gone_count=1,
)
OTHERS = (
    replace(INCOME, name="signup", state=ColumnState.SHOWN, kind="date", new_kind="date"),
    replace(INCOME, name="note", kind="text", new_kind="text", distances=(), p_value=None, q_value=None),
    replace(INCOME, name="score", invalid=12),
)
GONE = ColumnDrift(name="debt", state=ColumnState.REMOVED, kind="number", rows=1900)
KIND = replace(AGE, name="member", state=ColumnState.KIND_CHANGED, kind="category", distances=())
TOGETHER = RowsCheck(auc=0.503, null_band=0.542, limit=0.6, rows=990, new_rows=760)

STABLE = DriftReport(
    tool="1.0.0",
    name="credit",
    answer=DriftAnswer.STABLE,
    subject="new.csv",
    against="data/train.csv",
    from_profile=False,
    data=TableDrift(rows=2000, new_rows=1500, columns=(INCOME, *OTHERS)),
    together=TOGETHER,
)
DRIFTED = replace(
    STABLE,
    answer=DriftAnswer.DRIFTED,
    data=TableDrift(rows=2000, new_rows=1500, columns=(GONE, KIND, AGE, CITY, INCOME, *OTHERS)),
    together=replace(TOGETHER, auc=0.71, features=("age", "city")),
    predictions=TableDrift(rows=2000, new_rows=1500, columns=(replace(AGE, name="approved"),)),
    expected=("request_id", "latency_ms", "model_version"),
)
ROWS = replace(
    STABLE, answer=DriftAnswer.DRIFTED, together=replace(TOGETHER, auc=0.84, features=("income", "debt"))
)
PROFILE = replace(
    STABLE,
    answer=DriftAnswer.DRIFTED,
    from_profile=True,
    together=None,
    data=TableDrift(
        rows=2000,
        new_rows=1500,
        columns=(replace(AGE, distances=numbers(0.312, 0.19, 0.198, most=0.29)), INCOME),
    ),
)
SMALL = replace(
    STABLE,
    answer=DriftAnswer.UNDECIDED,
    data=TableDrift(
        rows=2000,
        new_rows=20,
        columns=(replace(INCOME, state=ColumnState.SMALL, new_rows=20, distances=(), p_value=None, q_value=None),),
    ),
    together=RowsCheck(skipped="it needs 100 rows of each table", limit=0.6),
)  # fmt: skip
FEW = replace(
    STABLE,
    data=TableDrift(
        rows=120,
        new_rows=60,
        columns=(replace(INCOME, distances=(distance("ks", 0.18, limit=0.1, floor=0.31),)),),
    ),
)
HOSTILE = replace(
    DRIFTED,
    name=EVIL,
    subject=EVIL,
    against=EVIL,
    data=TableDrift(
        rows=2000, new_rows=1500, columns=tuple(replace(one, name=f"{EVIL}{n}", added=(EVIL,)) for n, one in enumerate((AGE, CITY, GONE)))
    ),
    together=replace(TOGETHER, auc=0.9, features=(EVIL,)),
    expected=(EVIL,),
    notes=(EVIL,),
)  # fmt: skip
CASES = {
    "stable": STABLE,
    "drifted": DRIFTED,
    "rows": ROWS,
    "profile": PROFILE,
    "small": SMALL,
    "few": FEW,
    "hostile": HOSTILE,
}
