# SPDX-License-Identifier: Apache-2.0
"""Tables: Parquet, Arrow, CSV, Excel, SQLite."""

from __future__ import annotations

import bz2
import gzip
import lzma
import math
import sqlite3

import numpy as np
from driver import main, second, writes

ROWS = 200


def columns(change):
    generator = np.random.default_rng(1)
    loss = generator.random(ROWS)
    if change:
        loss[7] = math.nextafter(loss[7], 2)
    return {"age": np.arange(ROWS), "loss": loss, "name": [f"n{row % 7}" for row in range(ROWS)]}


def arrow(change):
    import pyarrow as pa

    table = columns(change)
    return pa.table({**table, "maybe": pa.array([None if row % 3 else row / 3 for row in range(ROWS)])})


@writes("parquet", "table.parquet")
def _(path, change):
    import pyarrow.parquet as pq

    options = {"compression": "gzip", "row_group_size": 50} if second() else {"compression": "snappy"}
    pq.write_table(arrow(change), path, **options)


@writes("parquet-pandas", "frame.parquet")
def _(path, change):
    import pandas as pd

    pd.DataFrame(columns(change)).to_parquet(path, compression="zstd" if second() else "snappy")


@writes("parquet-codecs", "table.parquet")
def _(path, change):
    import pyarrow.parquet as pq

    codecs = {"age": "brotli", "loss": "lz4", "name": "zstd", "maybe": "gzip"}
    pq.write_table(arrow(change), path, compression="none" if second() else codecs)


@writes("feather", "table.feather")
def _(path, change):
    from pyarrow import feather

    feather.write_feather(arrow(change), path, compression="lz4" if second() else "uncompressed")


@writes("arrow-stream", "table.arrows")
def _(path, change):
    import pyarrow as pa

    table = arrow(change)
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_stream(file, table.schema) as writer:
        writer.write_table(table, max_chunksize=60 if second() else None)


@writes("orc", "table.orc")
def _(path, change):
    from pyarrow import orc

    orc.write_table(arrow(change), path, compression="zlib" if second() else "uncompressed")


@writes("avro", "table.avro")
def _(path, change):
    import fastavro

    fields = {"age": "long", "loss": "double", "name": "string", "maybe": ["null", "double"]}
    schema = {
        "type": "record",
        "name": "Row",
        "fields": [{"name": name, "type": kind} for name, kind in fields.items()]
        + [{"name": "vector", "type": {"type": "array", "items": "float"}}],
    }
    rows = [
        {**row, "age": int(row["age"]), "vector": [row["age"] / 7, 1.5]} for row in arrow(change).to_pylist()
    ]
    with path.open("wb") as file:
        fastavro.writer(
            file,
            schema,
            rows,
            codec="deflate" if second() else "null",
            sync_interval=900 if second() else 9000,
        )


def csv_text(change):
    table = columns(change)
    rows = zip(*table.values(), strict=True)
    return (
        ",".join(table)
        + "\n"
        + "".join(
            f"{age},{loss!r},{name}\n" for age, loss, name in ((int(a), float(b), c) for a, b, c in rows)
        )
    )


@writes("csv", "table.csv")
def _(path, change):
    text = csv_text(change)
    path.write_text(text.replace("n1", '"n1"') if second() else text, newline="\r\n" if second() else None)


@writes("tsv", "table.tsv")
def _(path, change):
    path.write_text(csv_text(change).replace(",", "\t"))


def compressed(name, file, write):
    """Register what writes the same text in a compression of two levels."""
    writes(name, file)(lambda path, change: path.write_bytes(write(csv_text(change).encode(), second())))


compressed("csv-gzip", "table.csv.gz", lambda data, again: gzip.compress(data, 1 if again else 9))
compressed("csv-bzip2", "table.csv.bz2", lambda data, again: bz2.compress(data, 1 if again else 9))


def zstandard(data, again):
    import zstandard as zstd

    if not again:
        return zstd.compress(data, 3)
    # Several frames, as parallel writers make them.
    return b"".join(
        zstd.ZstdCompressor(level=9, write_checksum=True).compress(part)
        for part in (data[:1000], data[1000:])
    )


compressed("csv-zstd", "table.csv.zst", zstandard)
compressed("csv-xz", "table.csv.xz", lambda data, again: lzma.compress(data, preset=1 if again else 6))


@writes("excel", "table.xlsx")
def _(path, change):
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    table = columns(change)
    sheet.append(list(table))
    for age, loss, name in list(zip(*table.values(), strict=True))[:20]:
        # Cells have sixteen digits.
        sheet.append([int(age), float(loss) + (0.5 if change and age == 7 else 0), name])
    book.save(path)


@writes("sqlite", "table.db")
def _(path, change):
    table = columns(change)
    rows = [(int(age), float(loss), name) for age, loss, name in zip(*table.values(), strict=True)]
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA page_size = {1024 if second() else 4096}")
        connection.execute("CREATE TABLE people (age INTEGER PRIMARY KEY, loss REAL, name TEXT)")
        connection.executemany("INSERT INTO people VALUES (?, ?, ?)", reversed(rows) if second() else rows)


if __name__ == "__main__":
    main()
