# SPDX-License-Identifier: Apache-2.0
"""Tables: CSV, Parquet, Arrow, Excel, SQLite."""

from __future__ import annotations

from formats.case import Case

CASES = (
    Case(name="csv", title="CSV", format="table", changed=("loss",)),
    Case(name="tsv", title="TSV", format="table", changed=("loss",)),
    Case(name="csv-gzip", title="CSV in gzip", format="gz of table", changed=("loss",), slack=0.1),
    Case(name="csv-bzip2", title="CSV in bzip2", format="bz2 of table", changed=("loss",), slack=0.05),
    Case(name="csv-xz", title="CSV in xz", format="xz of table", changed=("loss",), slack=0.05),
    Case(
        name="csv-zstd",
        title="CSV in Zstandard",
        format="zst of table",
        changed=("loss",),
        needs="zstandard",
        slack=0.05,
    ),
    Case(
        name="excel",
        title="Excel `.xlsx` (openpyxl)",
        format="excel",
        changed=("Sheet/loss",),
        rules=("excel-look", "office-times"),
        magnitude=False,
        slack=0.1,
    ),
    Case(name="sqlite", title="SQLite", format="sqlite", changed=("people/loss",), slack=0.6),
    Case(
        name="parquet",
        title="Parquet (pyarrow)",
        format="arrow",
        changed=("loss",),
        needs="pyarrow",
        slack=0.15,
        verbatim=True,
    ),
    Case(
        name="parquet-codecs",
        title="Parquet in Brotli, LZ4, Zstandard and gzip",
        format="arrow",
        changed=("loss",),
        needs="pyarrow",
        slack=0.4,
    ),
    Case(
        name="parquet-pandas",
        title="Parquet (pandas)",
        format="arrow",
        changed=("loss",),
        needs="pyarrow",
        slack=0.35,
        verbatim=True,
    ),
    Case(
        name="feather",
        title="Feather",
        format="arrow",
        changed=("loss",),
        needs="pyarrow",
        slack=0.25,
        verbatim=True,
    ),
    Case(
        name="orc",
        title="ORC",
        format="arrow",
        changed=("loss",),
        needs="pyarrow",
        slack=0.3,
    ),
    Case(name="avro", title="Avro", format="avro", changed=("loss",), slack=0.05),
    Case(
        name="arrow-stream",
        title="Arrow stream",
        format="arrow",
        changed=("loss",),
        needs="pyarrow",
        slack=0.2,
        verbatim=True,
    ),
)
