# SPDX-License-Identifier: Apache-2.0
"""Drift that was planted, and none: `python -m bench.drift`; `--other PYTHON` asks Evidently as well.

Thirty pairs of tables have one known change, thirty have none. A planted change counts as found where the
column that was changed is the one that is reported, or the classifier's answer where no column moves alone.
KS is held against SciPy's own on the same values; from a profile its bounds have to enclose it.
"""

from __future__ import annotations

import argparse
import csv
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.stats import ks_2samp

from repro_action import reading
from repro_action.drift.classifier import tell_apart
from repro_action.drift.column import ColumnState
from repro_action.drift.leaves import table_of
from repro_action.drift.profiled import sample_of_profile
from repro_action.drift.raw import RawTable, matrix, sample
from repro_action.drift.table import DriftAnswer, compare_tables
from repro_action.profiles.column import profile_column

TOGETHER = "(rows)"
"""The place of a change that no column shows alone."""


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Two tables, and the column that was changed; empty for none."""

    name: str
    old: dict[str, list]
    new: dict[str, list]
    column: str = ""


def base(rng: np.random.Generator, n: int) -> dict[str, np.ndarray]:
    """Return a table of people: skewed, tied, rare, missing, constant, dated and named columns."""
    age = np.round(rng.normal(42, 12, n), 0)
    income = np.round(rng.lognormal(10, 0.8, n), 2)
    debt = income * rng.uniform(0, 0.6, n)
    return {
        "age": age,
        "income": income,
        "debt": np.round(np.where(rng.random(n) < 0.08, np.nan, debt), 2),
        "children": np.where(rng.random(n) < 0.7, 0, rng.poisson(1.2, n)).astype(float),
        "score": rng.beta(2, 5, n),
        "noise": rng.standard_t(3, n),
        "city": rng.choice(["Oslo", "Rome", "Bonn", "Lyon"], n, p=[0.4, 0.3, 0.2, 0.1]),
        "shop": np.array([f"s{min(int(k), 400)}" for k in rng.zipf(1.6, n)]),
        "member": rng.choice(["true", "false"], n, p=[0.3, 0.7]),
        "customer": np.array([f"{k:012x}" for k in rng.integers(0, 2**48, n)]),
        "since": np.array([f"{y}-{m:02d}-{d:02d}" for y, m, d in zip(
            rng.integers(2015, 2025, n), rng.integers(1, 13, n), rng.integers(1, 29, n), strict=True)]),
        "version": np.full(n, 3.0),
    }  # fmt: skip


def _mixed(values: np.ndarray, where: np.ndarray, to: object) -> np.ndarray:
    texts = np.array([_cell(value) for value in values], object)
    texts[where] = to
    return texts


PLANTS = {
    "mean + 0.4 sd": ("age", lambda t, _r, _n: t["age"] + 4.8),
    "mean - 0.4 sd": ("noise", lambda t, _r, _n: t["noise"] - 0.7),
    "spread x 1.6": ("age", lambda t, _r, _n: np.round(42 + (t["age"] - 42) * 1.6)),
    "inflation 30 %": ("income", lambda t, _r, _n: t["income"] * 1.3),
    "cents, not euros": ("income", lambda t, _r, _n: t["income"] * 100),
    "log scale": ("income", lambda t, _r, _n: np.log(t["income"])),
    "missing 8 -> 20 %": ("debt", lambda t, r, n: np.where(r.random(n) < 0.13, np.nan, t["debt"])),
    "missing 0 -> 10 %": ("score", lambda t, r, n: np.where(r.random(n) < 0.1, np.nan, t["score"])),
    "missing filled with 0": ("debt", lambda t, _r, _n: np.where(np.isnan(t["debt"]), 0.0, t["debt"])),
    "missing filled with -999": (
        "age", lambda t, r, n: np.where(r.random(n) < 0.12, -999.0, t["age"])),
    "clipped at 50": ("age", lambda t, _r, _n: np.minimum(t["age"], 50)),
    "heaped to tens": ("age", lambda t, _r, _n: np.round(t["age"] / 20) * 20),
    "more children": ("children", lambda t, r, n: np.where(r.random(n) < 0.2, 3.0, t["children"])),
    "a second mode": ("score", lambda t, r, n: np.where(
        r.random(n) < 0.2, r.normal(0.9, 0.02, n), t["score"])),
    "new city, 5 %": ("city", lambda t, r, n: np.where(r.random(n) < 0.05, "Lima", t["city"])),
    "a city is gone": ("city", lambda t, _r, _n: np.where(t["city"] == "Bonn", "Oslo", t["city"])),
    "cities by other shares": ("city", lambda t, r, n: np.where(r.random(n) < 0.25, "Lyon", t["city"])),
    "cities in capitals": ("city", lambda t, _r, _n: np.char.upper(t["city"].astype(str))),
    "members 30 -> 55 %": ("member", lambda t, r, n: np.where(r.random(n) < 0.35, "true", t["member"])),
    "member is yes or no": ("member", lambda t, _r, _n: np.where(t["member"] == "true", "yes", "no")),
    "shops moved": ("shop", lambda t, r, n: np.where(r.random(n) < 0.25, "s7", t["shop"])),
    "new shops, 10 %": ("shop", lambda t, r, n: np.where(r.random(n) < 0.1, "web", t["shop"])),
    "no longer constant": ("version", lambda _t, r, n: np.where(r.random(n) < 0.5, 4.0, 3.0)),
    "another constant": ("version", lambda _t, _r, n: np.full(n, 2.0)),
    "texts among numbers": ("age", lambda t, r, n: _mixed(t["age"], r.random(n) < 0.1, "forty")),
    "numbers become texts": ("score", lambda t, _r, _n: np.array([f"{v:.3f} %" for v in t["score"]])),
    "dates become numbers": ("since", lambda _t, r, n: r.integers(10_000, 20_000, n).astype(float)),
    "a column is gone": ("noise", None),
    "debt parts from income": (TOGETHER, lambda t, r, _n: r.permutation(t["debt"])),
    "age parts from score": (TOGETHER, None),
}  # fmt: skip
"""What is changed → the column, and how it becomes another one."""


def planted(seed: int, name: str) -> Pair:
    """Return a pair with one change."""
    rng = np.random.default_rng(1000 + seed)
    n, m = 4000, 2500
    old, new = base(rng, n), base(rng, m)
    column, change = PLANTS[name]
    if name == "age parts from score":
        old["age"], new["age"] = 40 + 30 * old["score"], rng.permutation(40 + 30 * new["score"])
    elif name == "debt parts from income":
        new["debt"] = change(new, rng, m)
    elif change is None:
        del new[column]
    else:
        new[column] = change(new, rng, m)
    return Pair(name=name, old=_texts(old), new=_texts(new), column=column)


def null(seed: int) -> Pair:
    """Return a pair of one population: of 60 to 20,000 rows, and of other sizes on both sides."""
    rng = np.random.default_rng(5000 + seed)
    sizes = [60, 80, 120, 200, 350, 600, 1000, 2000, 5000, 20_000]
    n, m = sizes[seed % 10], sizes[(seed * 7 + seed // 10) % 10]
    old, new = base(rng, n), base(rng, m)
    if seed % 5 == 4:  # wide
        for place in range(60):
            old[f"x{place}"], new[f"x{place}"] = rng.normal(size=n), rng.normal(size=m)
    return Pair(name=f"{n} and {m} rows, {len(old)} columns", old=_texts(old), new=_texts(new))


def _cell(value: object) -> str:
    if isinstance(value, float):
        return "" if np.isnan(value) else repr(float(value))
    return str(value)


def _texts(table: dict[str, np.ndarray]) -> dict[str, list]:
    return {name: [_cell(value) for value in values.tolist()] for name, values in table.items()}


def write(table: dict[str, list], path: Path) -> Path:
    """Write a table as CSV."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(table)
        writer.writerows(zip(*table.values(), strict=True))
    return path


def measured(
    cells: dict[str, list], old: RawTable, new: RawTable, *, profiled: bool
) -> tuple[DriftAnswer, set[str], float, int]:
    """Compare, and hold each D against SciPy's.

    Returns:
        The answer, the columns that drifted, the largest error of D, and how many were compared; from
        profiles, the widest distance of the bounds, which is -1 where they do not enclose SciPy's.
    """
    before = {
        name: sample_of_profile(profile_column(cells[name], name=name)) if profiled else sample(column)
        for name, column in old.columns.items()
    }
    after = {
        name: sample(column, like=before[name].kind if name in before else None, keyed=profiled)
        for name, column in new.columns.items()
    }
    found = compare_tables(before, after, {}, rows=old.rows, new_rows=new.rows)
    worst, count = 0.0, 0
    for column in found.columns:
        one = column.distance("ks")
        if one is None:
            continue
        values = [table.columns[column.name].numbers for table in (old, new)]
        exact = ks_2samp(*(each[~np.isnan(each)] for each in values)).statistic
        count += 1
        if profiled:
            inside = one.value - 1e-12 <= exact <= one.most + 1e-12
            worst = max(worst, one.most - one.value) if inside and worst >= 0 else -1.0
        else:
            worst = max(worst, abs(one.value - exact))
    drifted = {column.name for column in found.drifted}
    if not profiled:
        kept = {ColumnState.STABLE, ColumnState.DRIFTED}
        shared = [each.name for each in found.columns if each.state in kept and each.name in new.columns]
        check = tell_apart(*matrix(sorted(shared), old, new), 0.6)
        if check.drifted:
            drifted.add(TOGETHER)
    answer = DriftAnswer.DRIFTED if drifted else found.answer
    return answer, drifted, worst, count


def main() -> int:
    """Print a line a pair; the exit status is 1 where one is missed, false, or a D is not SciPy's."""
    parser = argparse.ArgumentParser(prog="python -m bench.drift", description=__doc__)
    parser.add_argument("--other", metavar="PYTHON", help="interpreter that has Evidently and pandas")
    options = parser.parse_args()
    pairs = [planted(seed, name) for seed, name in enumerate(PLANTS)] + [null(seed) for seed in range(30)]
    begin = time.monotonic()
    totals = {"found": 0, "found from profile": 0, "false": 0, "false from profile": 0}
    error, width, compared = 0.0, 0.0, 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = [
            (write(pair.old, folder / f"{place}-old.csv"), write(pair.new, folder / f"{place}-new.csv"))
            for place, pair in enumerate(pairs)
        ]
        for pair, (old_file, new_file) in zip(pairs, files, strict=True):
            old, new = (table_of(reading.read(each), each.name) for each in (old_file, new_file))
            _, drifted, worst, count = measured(pair.old, old, new, profiled=False)
            _, by_profile, between, _ = measured(pair.old, old, new, profiled=True)
            error, width, compared = max(error, worst), max(width, between), compared + count
            assert between >= 0, f"{pair.name}: the bounds do not enclose SciPy's D"
            if pair.column:
                # Of a change in one column, the classifier may say the same.
                totals["found"] += pair.column in drifted and drifted <= {pair.column, TOGETHER}
                totals["found from profile"] += by_profile == {pair.column}
            else:
                totals["false"] += bool(drifted)
                totals["false from profile"] += bool(by_profile)
            shown = (
                f"{', '.join(sorted(drifted)) or '-'} | from profile: {', '.join(sorted(by_profile)) or '-'}"
            )
            print(
                f"{'planted' if pair.column else 'null':8}{pair.name:34}{pair.column:10}{shown}", flush=True
            )
        print(f"{json.dumps(totals)} of 30 and 30, {time.monotonic() - begin:.0f} s")
        print(f"D of {compared} columns: error against SciPy {error:.1e}")
        print(f"from a profile: its bounds enclose SciPy's, and are at most {width:.2f} wide")
        if options.other:
            sys.stdout.flush()
            script = Path(__file__).with_name("drift_evidently.py")
            columns = json.dumps(
                [[str(a), str(b), pair.column] for pair, (a, b) in zip(pairs, files, strict=True)]
            )
            subprocess.run([options.other, script], input=columns, text=True, check=True)
    # Two changes show in no column alone, so that no profile can have them.
    met = totals == {"found": 30, "found from profile": 28, "false": 0, "false from profile": 0}
    return 0 if met and error < 1e-12 else 1


if __name__ == "__main__":
    sys.exit(main())
