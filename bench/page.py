# SPDX-License-Identifier: Apache-2.0
"""Writes docs/benchmarks.md."""

from __future__ import annotations

import time
from collections.abc import Sequence

from bench import machine
from bench.scale import ROOT, Scale
from bench.table import Row, markdown

_PAGE = """\
# Benchmarks

Written by `make bench`; do not edit.
The times are those of one machine and will differ on yours; the ratios matter, since both sides of each
were measured in turn (A B A B …), in the same minutes, with all caches warm.

Measured in {month} on:

{facts}

{table}
Each time is the median of {rounds} runs of a whole process, after one to warm up, with the fastest and the
slowest in brackets.
The ratio is the median of the ratios of neighbouring runs.

## What is measured

- **`--version`**: starting at all.
- **`repro status`, examples**: what a user waits for before knowing whether anything changed.
- **`repro verify`, examples**: everything that repro adds to the training (environment inspected, data held
  against its pins, materials sealed, each step supervised, products read leaf by leaf and compared, reports
  written), against `sh` running the same commands in the same environment with the same variables.
  The baseline is accepted and the run reproduces it.
- **digest**: one file of random bytes in the page cache. The bare library gets its fastest documented way,
  a memory map; repro reads through buffers instead, since a file that shrinks while it is mapped kills the
  process. `b3sum` is the program of BLAKE3's authors, as the system packages it.
- **`repro diff`**: two models of float32 tensors of 50 MiB each; compared leaf by leaf, and element by
  element where a leaf differs. There is no other side, so the goal is a time.
- **`repro status`, folder**: one pinned folder of files of 2 KiB, a hundred to a subfolder; DVC tracks the
  very same files (`dvc init --no-scm`, `dvc add data`), and its usage reports are switched off.

`python -m bench --only NAME` measures one of them, `--quick` all of them roughly.
Readers on files of a gigabyte, beside plain reads: [benchmarks-sizes.md](benchmarks-sizes.md).
"""


def write(rows: Sequence[Row], scale: Scale) -> None:
    """Replace docs/benchmarks.md."""
    text = _PAGE.format(
        month=time.strftime("%Y-%m", time.gmtime()),
        facts="\n".join(f"- {fact}" for fact in machine.describe()),
        table=markdown(rows),
        rounds=scale.rounds,
    )
    path = ROOT / "docs" / "benchmarks.md"
    path.write_text(text, encoding="utf-8")
    print(f"wrote {path.relative_to(ROOT)}")
