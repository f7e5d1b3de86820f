# SPDX-License-Identifier: Apache-2.0
"""`python -m bench.sizes`: readers on large files beside plain reads; writes docs/benchmarks-sizes.md.

Files are made one at a time below `.bench` and removed at once. What counts is processor time: it is the
same on a machine that others use, too.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench.clock import Command, in_turn
from bench.scale import BENCH, ROOT, variables

ROUNDS = 3
PAGE = ROOT / "docs" / "benchmarks-sizes.md"

_IMPORTS = "import numpy, blake3, json, csv, sys, repro_action.readers; from pathlib import Path"
_OURS = _IMPORTS + "; repro_action.readers.read_artifact(Path(sys.argv[1]))"

_PAGE = """\
# Readers on large files

Written by `python -m bench.sizes` in {month}; do not edit.
Processor seconds of a whole process, less those of one that only imports; medians of {rounds} runs in turn
(A B A B …), with warm caches. Memory is the largest resident set, with that of the imports.
repro digests every leaf and computes statistics of its numbers; the plain read does neither.
Plain reads: `csv.reader` over all rows, `json.loads`, `numpy.load` of all arrays, `joblib.load`,
`pickle.load`, `torch.load`, h5py's `[()]` of all datasets, `pyarrow.parquet.read_table` in one thread, and
`read` of a text; of safetensors all bytes by `numpy.fromfile`. The HDF5 files hold the same arrays in one
piece each, in chunks, and in chunks with `gzip` and `shuffle`.

{table}
"""


def _csv(path: Path, share: float) -> None:
    import numpy as np

    rng = np.random.default_rng(0)
    words = np.array(["alpha", "beta", "gamma", "delta"])
    with path.open("w", encoding="ascii") as file:
        file.write(",".join(f"c{index}" for index in range(20)) + "\n")
        for _ in range(int(100 * share)):
            reals = rng.normal(size=(10_000, 16)).tolist()
            whole = rng.integers(0, 10**6, size=(10_000, 2)).tolist()
            texts = words[rng.integers(0, 4, size=(10_000, 2))].tolist()
            for row in zip(reals, whole, texts, strict=True):
                file.write(",".join([*map(repr, row[0]), *map(str, row[1]), *row[2]]) + "\n")


def _records(count: int) -> list[dict[str, object]]:
    import random

    draw = random.Random(0)
    return [
        {
            "id": n,
            "loss": draw.gauss(0, 1),
            "accuracy": draw.random(),
            "run": f"run {n % 100}",
            "ok": n % 3 == 0,
        }
        for n in range(count)
    ]


def _json(path: Path, share: float) -> None:
    path.write_text(json.dumps({"records": _records(int(200_000 * share))}), encoding="ascii")


def _json_lines(path: Path, share: float) -> None:
    with path.open("w", encoding="ascii") as file:
        file.writelines(json.dumps(record) + "\n" for record in _records(int(200_000 * share)))


def _arrays(share: float) -> dict[str, object]:
    import numpy as np

    rng = np.random.default_rng(0)
    return {f"layer{index}": rng.random((64, 1 << 15), np.float32) for index in range(int(128 * share) or 1)}


def _npy(path: Path, share: float) -> None:
    import numpy as np

    np.save(path, np.stack([*_arrays(share).values()]))


def _npz(path: Path, share: float) -> None:
    import numpy as np

    np.savez(path, **_arrays(share))


def _joblib(path: Path, share: float) -> None:
    import joblib

    joblib.dump(_arrays(share), path)


def _safetensors(path: Path, share: float) -> None:
    tensors = int(128 * share) or 1
    subprocess.run(
        [sys.executable, "-m", "bench.make", "safetensors", path, str(tensors // 6 or 1), "same"], check=True
    )


def _pickle(path: Path, share: float) -> None:
    import pickle

    with path.open("wb") as file:
        pickle.dump(_arrays(share), file, protocol=5)


def _torch(path: Path, share: float) -> None:
    import torch

    torch.save({name: torch.from_numpy(array) for name, array in _arrays(share).items()}, path)


def _hdf5(**options: object) -> Callable[[Path, float], None]:
    def make(path: Path, share: float) -> None:
        import h5py

        with h5py.File(path, "w") as file:
            for name, array in _arrays(share).items():
                file.create_dataset(name, data=array, **options)

    return make


def _parquet(path: Path, share: float) -> None:
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    rng, rows, writer = np.random.default_rng(0), 200_000, None
    words = np.array(["alpha", "beta", "gamma", "delta"])
    for _ in range(int(28 * share) or 1):
        reals = {f"real{index}": rng.normal(size=rows) for index in range(20)}
        whole = {f"whole{index}": rng.integers(0, 10**6, rows) for index in range(2)}
        table = pa.table({**reals, **whole, "word": words[rng.integers(0, 4, rows)]})
        writer = writer or pq.ParquetWriter(path, table.schema)
        writer.write_table(table)
    if writer is not None:
        writer.close()


def _log(path: Path, share: float) -> None:
    import random

    draw = random.Random(0)
    with path.open("w", encoding="ascii") as file:
        for step in range(int(1_000_000 * share)):
            file.write(
                f"2026-01-01 12:00:00,000 INFO train epoch {step // 1000} step {step} "
                f"loss {draw.random():.17f} accuracy {draw.random():.6f}\n"
            )


_CHUNKS = {"chunks": (64, 1 << 12)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One format: how a file is made, how it is plainly read, and what reading may take.

    Attributes:
        name: of the file.
        make: writes it; takes a share of the full size.
        imports: of the plain read.
        plain: the plain read.
        times: how often the plain read; None where there is no goal.
        needs: module that writes it and reads it plainly.
    """

    name: str
    make: Callable[[Path, float], None]
    imports: str = "import sys, numpy"
    plain: str
    times: float | None = None
    needs: str = "numpy"


CASES = (
    Case(
        name="table.csv",
        make=_csv,
        imports="import sys, csv, collections",
        plain="collections.deque(csv.reader(open(sys.argv[1], newline='')), 0)",
        times=3,
    ),
    Case(
        name="records.json",
        make=_json,
        imports="import sys, json",
        plain="json.loads(open(sys.argv[1]).read())",
        times=5,
    ),
    Case(
        name="records.jsonl",
        make=_json_lines,
        imports="import sys, json",
        plain="[json.loads(line) for line in open(sys.argv[1])]",
        times=5,
    ),
    Case(name="model.npy", make=_npy, plain="numpy.load(sys.argv[1])"),
    Case(name="model.npz", make=_npz, plain="f = numpy.load(sys.argv[1]); [f[n] for n in f]"),
    Case(name="model.safetensors", make=_safetensors, plain="numpy.fromfile(sys.argv[1], 'u1')"),
    Case(
        name="model.joblib",
        make=_joblib,
        imports="import sys, joblib",
        plain="joblib.load(sys.argv[1])",
        times=3,
    ),
    Case(
        name="model.pkl",
        make=_pickle,
        imports="import sys, numpy, pickle",
        plain="pickle.load(open(sys.argv[1], 'rb'))",
        times=3,
    ),
    Case(
        name="model.pt",
        make=_torch,
        imports="import sys, torch",
        plain="torch.load(sys.argv[1])",
        times=3,
        needs="torch",
    ),
    *(
        Case(
            name=name,
            make=_hdf5(**options),
            imports="import sys, h5py",
            plain="f = h5py.File(sys.argv[1]); [f[n][()] for n in f]",
            times=3,
            needs="h5py",
        )
        for name, options in (
            ("whole.h5", {}),
            ("chunks.h5", _CHUNKS),
            ("gzip.h5", {**_CHUNKS, "compression": "gzip", "compression_opts": 1, "shuffle": True}),
        )
    ),
    Case(
        name="table.parquet",
        make=_parquet,
        imports="import sys, numpy, pyarrow.parquet",
        plain="pyarrow.parquet.read_table(sys.argv[1], use_threads=False)",
        times=3,
        needs="pyarrow",
    ),
    Case(name="train.log", make=_log, imports="import sys", plain="open(sys.argv[1]).read()", times=10),
)


def main() -> int:
    """Measure; the exit status is 1 where a goal was missed."""
    parser = argparse.ArgumentParser(prog="python -m bench.sizes", description=__doc__)
    names = {case.name: case for case in CASES}
    parser.add_argument("--only", metavar="NAME", choices=names, action="append", help="may be repeated")
    parser.add_argument("--share", type=float, default=1.0, help="of the full size; less writes no page")
    parser.add_argument("--make", type=Path, help="only write the file of this name")
    options = parser.parse_args()
    missing = sorted({case.needs for case in CASES if importlib.util.find_spec(case.needs) is None})
    if missing:
        print(f"left out, for want of {', '.join(missing)}; no page is written")
    if options.make is not None:
        names[options.make.name].make(options.make, options.share)
        return 0
    work = BENCH / "sizes"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    try:
        rows = [
            _measure(case, work, options.share)
            for case in CASES
            if (not options.only or case.name in options.only) and case.needs not in missing
        ]
    finally:
        shutil.rmtree(work, ignore_errors=True)
    print(_table(rows))
    if options.share >= 1 and not missing:
        known = {row[0].partition(",")[0]: row for row in [*_page_rows(), *rows]}
        table = _table([known[case.name] for case in CASES if case.name in known])
        text = _PAGE.format(month=time.strftime("%Y-%m", time.gmtime()), rounds=ROUNDS, table=table)
        PAGE.write_text(text.rstrip() + "\n", encoding="utf-8")
    return 0 if all(row[-1] != "**no**" for row in rows) else 1


def _page_rows() -> list[tuple[str, ...]]:
    """Return the rows of the page as it is: what was not asked for stays."""
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    return [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in lines[2:]]


def _measure(case: Case, work: Path, share: float) -> tuple[str, ...]:
    path = work / case.name
    # In a process of its own: a child's largest resident set counts its parent's at the fork.
    make = (sys.executable, "-m", "bench.sizes", "--share", str(share), "--make", path)
    subprocess.run(make, cwd=ROOT, check=True)
    codes = (_IMPORTS, _OURS, case.imports, f"{case.imports}; {case.plain}")
    commands = [
        Command(argv=(sys.executable, "-c", code, path), folder=work, variables=variables()) for code in codes
    ]
    idle, ours, bare, plain = in_turn(commands, ROUNDS)
    size = path.stat().st_size / 1e6
    path.unlink()
    seconds = [max(run.cpu - idle.cpu, 0.001) for run in ours.samples]
    others = [max(run.cpu - bare.cpu, 0.001) for run in plain.samples]
    ratio = median(one / other for one, other in zip(seconds, others, strict=True))
    return (
        f"{case.name}, {size:.0f} MB",
        f"{median(seconds):.2f} s",
        f"{ours.memory:.0f} MB",
        f"{median(others):.2f} s",
        f"{plain.memory:.0f} MB",
        f"{ratio:.1f}",
        "-" if case.times is None else f"≤ {case.times:g}",
        "-" if case.times is None else "yes" if ratio <= case.times else "**no**",
    )


def _table(rows: Sequence[tuple[str, ...]]) -> str:
    head = ("file", "repro", "its memory", "plain read", "its memory", "ratio", "goal", "met")
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


if __name__ == "__main__":
    sys.exit(main())
