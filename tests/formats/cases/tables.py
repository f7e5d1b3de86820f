# SPDX-License-Identifier: Apache-2.0
"""Tables: CSV, Parquet, Arrow, Excel, SQLite."""

from __future__ import annotations

from functools import partial

from formats.case import Case

_TABLE = partial(Case, changed=("loss",))
_ARROW = partial(_TABLE, format="arrow", needs="pyarrow")

CASES = (
    _TABLE(name="csv", title="CSV", format="table"),
    _TABLE(name="tsv", title="TSV", format="table"),
    _TABLE(name="csv-gzip", title="CSV in gzip", format="gz of table", slack=0.1),
    _TABLE(name="csv-bzip2", title="CSV in bzip2", format="bz2 of table", slack=0.05),
    _TABLE(name="csv-xz", title="CSV in xz", format="xz of table", slack=0.05),
    _TABLE(name="csv-zstd", title="CSV in Zstandard", format="zst of table", slack=0.05, needs="zstandard"),
    Case(
        name="excel",
        title="Excel `.xlsx` (openpyxl)",
        format="excel",
        changed=("Sheet/loss",),
        rules=("excel-look", "office-times"),
        slack=0.1,
        magnitude=False,
    ),
    Case(name="sqlite", title="SQLite", format="sqlite", changed=("people/loss",), slack=0.6),
    _ARROW(name="parquet", title="Parquet (pyarrow)", slack=0.15, verbatim=True),
    _ARROW(name="parquet-codecs", title="Parquet in Brotli, LZ4, Zstandard and gzip", slack=0.4),
    _ARROW(name="parquet-pandas", title="Parquet (pandas)", slack=0.35, verbatim=True),
    _ARROW(name="feather", title="Feather", slack=0.25, verbatim=True),
    _ARROW(name="orc", title="ORC", slack=0.3),
    _TABLE(name="avro", title="Avro", format="avro", slack=0.05),
    _ARROW(name="arrow-stream", title="Arrow stream", slack=0.2, verbatim=True),
)
