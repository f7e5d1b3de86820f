# SPDX-License-Identifier: Apache-2.0
"""The table of accidental bytes: which writer puts which into a file of a format, and the line that ends it.

It explains why the bytes of two files differ whose leaves agree, and is never a cause of leaves that differ.
docs/reports.md shows this table.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class AccidentalWriter:
    """One row.

    Attributes:
        formats: readers that know its files; `gz` knows `gz of table`, too.
        library: what writes it.
        what: what it writes that is another in each run.
        line: the line that ends it; empty where the library has no such option.
        calls: functions and methods by which a line of source is known to be this writer's.
        rules: rules that leave it out of equality; where there are none, the container's own bytes differ.
        prose: what to do instead or besides, a sentence; empty where the line says it.
    """

    formats: Collection[str]
    library: str
    what: str
    line: str = ""
    calls: Collection[str] = ()
    rules: Collection[str] = ()
    prose: str = ""


_NOTHING = "Nothing to do: leaves are compared, not container bytes."

TABLE: tuple[AccidentalWriter, ...] = (
    AccidentalWriter(
        formats=("svg",),
        library="Matplotlib",
        what="the date",
        line='plt.savefig(path, metadata={"Date": None})',
        calls=("savefig",),
        rules=("svg-date",),
    ),
    AccidentalWriter(
        formats=("svg",),
        library="Matplotlib",
        what="random ids for each figure",
        line='plt.rcParams["svg.hashsalt"] = "fixed"',
        calls=("savefig",),
        rules=("svg-ids",),
    ),
    AccidentalWriter(
        formats=("pdf",),
        library="Matplotlib",
        what="the date",
        line='plt.savefig(path, metadata={"CreationDate": None})',
        calls=("savefig",),
        rules=("pdf-dates",),
    ),
    AccidentalWriter(
        formats=("pdf",),
        library="Pillow",
        what="the dates",
        line="image.save(path, creationDate=time.gmtime(0), modDate=time.gmtime(0))",
        calls=("save",),
        rules=("pdf-dates",),
    ),
    AccidentalWriter(
        formats=("png",),
        library="Matplotlib",
        what="text about the picture, such as the version of Matplotlib",
        line='plt.savefig(path, metadata={"Software": None})',
        calls=("savefig",),
        rules=("png-metadata",),
    ),
    AccidentalWriter(
        formats=("png",),
        library="Pillow",
        what="text and times about the picture",
        line="image.save(path)",
        calls=("save",),
        rules=("png-metadata",),
        prose="Leave `pnginfo` out, or give it the same text in each run.",
    ),
    AccidentalWriter(
        formats=("jpeg", "webp", "tiff"),
        library="Pillow",
        what="EXIF or XMP data that says when or where the picture was made",
        line='image.save(path, exif=b"")',
        calls=("save", "imsave"),
        rules=("picture-metadata",),
    ),
    AccidentalWriter(
        formats=("html",),
        library="Plotly",
        what="the id of the plot",
        line='figure.write_html(path, div_id="figure")',
        calls=("write_html", "to_html"),
        rules=("html-ids",),
    ),
    AccidentalWriter(
        formats=("html",),
        library="pandas' Styler",
        what="the id of the table",
        line='table.style.set_uuid("table").to_html(path)',
        calls=("to_html",),
        rules=("html-ids",),
    ),
    AccidentalWriter(
        formats=("html",),
        library="Bokeh",
        what="ids of the document and its parts",
        calls=("save", "file_html", "output_file"),
        rules=("html-ids",),
        prose="Bokeh generates new ones for each page; they are numbered in order before they are compared.",
    ),
    AccidentalWriter(
        formats=("excel", "office-core", "zip"),
        library="openpyxl and python-docx",
        what="the times at which the document was made and saved",
        line='workbook.set_properties({"created": datetime(2000, 1, 1)})',
        calls=("save", "to_excel", "ExcelWriter", "Workbook"),
        rules=("office-times",),
        prose='That is XlsxWriter\'s (`pandas.ExcelWriter(path, engine="xlsxwriter")`); openpyxl and '
        "python-docx write the time of saving whatever they are told.",
    ),
    AccidentalWriter(
        formats=("zip",),
        library="Keras",
        what="the date in `metadata.json`",
        line='model.save_weights("model.weights.h5")',
        calls=("save", "save_model"),
        rules=("keras-date-saved",),
        prose="The weights alone have no date; `.keras` always has one.",
    ),
    AccidentalWriter(
        formats=("onnx",),
        library="skl2onnx",
        what="a random name of the graph",
        line='convert_sklearn(model, name="model", initial_types=types)',
        calls=("write", "save", "write_bytes", "open"),
        rules=("onnx-graph-id",),
    ),
    AccidentalWriter(
        formats=("pickle",),
        library="Gensim",
        what="a log of what was done and when, and how long training took",
        line="model.lifecycle_events, model.total_train_time = None, 0",
        calls=("save",),
        rules=("gensim-lifecycle",),
    ),
    AccidentalWriter(
        formats=("pickle", "joblib"),
        library="scikit-learn",
        what="how long each fit of a search took",
        line='pd.DataFrame(search.cv_results_).filter(regex="^(?!.*_time)").to_csv(path)',
        calls=("dump",),
        rules=("fit-times",),
        prose="Save this table instead of the search, or beside it.",
    ),
    AccidentalWriter(
        formats=("optuna", "optuna-journal", "pickle"),
        library="Optuna",
        what="the times of each trial",
        line='study.trials_dataframe(attrs=("number", "value", "params")).to_csv(path)',
        calls=("dump", "create_study"),
        rules=("optuna-times", "optuna-journal"),
        prose="Save this table instead of the study, or beside it.",
    ),
    AccidentalWriter(
        formats=("json", "arrow"),
        library="Hugging Face's Datasets",
        what="a fingerprint that is random where a transform cannot be hashed",
        line='dataset.map(transform, new_fingerprint="v1")',
        calls=("save_to_disk",),
        rules=("datasets-fingerprint",),
    ),
    AccidentalWriter(
        formats=("notebook",),
        library="nbconvert",
        what="times of executions, and ids of cells",
        line="jupyter nbconvert --execute --ExecutePreprocessor.record_timing=False",
        calls=("write", "execute_notebook"),
        rules=("notebook-runs",),
    ),
    AccidentalWriter(
        formats=("gz of table", "gz of json", "gz of json lines"),
        library="pandas",
        what="the time in the header of gzip",
        line='table.to_csv(path, compression={"method": "gzip", "mtime": 0})',
        calls=("to_csv", "to_json"),
    ),
    AccidentalWriter(
        formats=("gz",),
        library="gzip",
        what="the time and the file's name in the header",
        line='gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0)',
        calls=("open", "GzipFile", "write_bytes"),
        prose="`gzip.compress(data, mtime=0)` where the data is in memory.",
    ),
    AccidentalWriter(
        formats=("zip",),
        library="zipfile and shutil.make_archive",
        what="the times of its members, or their order",
        line="archive.writestr(zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0)), data)",
        calls=("ZipFile", "make_archive"),
        prose="Add members in sorted order.",
    ),
    AccidentalWriter(
        formats=("tar",),
        library="tarfile and shutil.make_archive",
        what="times, owners or the order of its members",
        line='info.mtime = info.uid = info.gid = 0; info.uname = info.gname = ""',
        calls=("open", "TarFile", "make_archive"),
        prose="Do this in the `filter` of `archive.add`, and add members in sorted order; a `.tar.gz` has "
        "the time of its gzip header as well.",
    ),
    AccidentalWriter(
        formats=("torch",),
        library="torch.save",
        what="an id, and the file's own name (pytorch/pytorch#42163)",
        line="safetensors.torch.save_file(model.state_dict(), path)",
        calls=("save",),
        prose="Only where the bytes matter to others: tensors are compared.",
    ),
    AccidentalWriter(
        formats=("pickle", "joblib"),
        library="pickle and joblib",
        what="the order of a set, or which objects are shared",
        line="pickle.dump(sorted(values), file)",
        calls=("dump", "to_pickle"),
        prose="Where it is a set that is saved; otherwise there is nothing to do.",
    ),
    AccidentalWriter(
        formats=("skops",),
        library="skops",
        what="addresses of objects, random names and times of its members",
        calls=("dump",),
        prose=_NOTHING,
    ),
    AccidentalWriter(
        formats=("json", "yaml"),
        library="json and PyYAML",
        what="the order of keys, or white space",
        line="json.dump(values, file, sort_keys=True, indent=1)",
        calls=("dump", "dumps", "write_text", "open"),
    ),
    AccidentalWriter(
        formats=("hdf5",),
        library="h5py and PyTables",
        what="times of objects, or the place of their bytes",
        line="file.create_dataset(name, data=values, track_times=False)",
        calls=("File", "to_hdf"),
    ),
    AccidentalWriter(
        formats=("sqlite",),
        library="sqlite3",
        what="counters of changes, and the order of its pages",
        line='connection.execute("VACUUM")',
        calls=("to_sql", "connect"),
        prose="Rows are compared, not pages.",
    ),
)
"""In the order in which they are asked: the first that fits a format, its rules and the line that writes."""

_MANY = ("folder", "zip", "tar")
"""Formats of several files, to which a rule of any format may belong."""

FINE: dict[str, str] = {
    "np.save, np.savez": "times of members are fixed",
    "to_parquet, write_table": "no time or id",
    "safetensors' save_file": "no time or id",
    "joblib.dump of arrays and models": "no time or id",
    "to_csv without compression": "no time or id",
}
"""Writers of which people ask, whose bytes are the same for the same content."""


def writers_of(format: str, rules: Collection[str]) -> tuple[AccidentalWriter, ...]:
    """Return what may have written accidental bytes into a file, the likeliest first.

    Args:
        format: name of the reader, such as `svg`, `gz of table`, `folder`.
        rules: that left something of it out.
    """
    names = {format, *format.split(" of ")[:-1]}
    return tuple(
        row
        for row in TABLE
        if (not row.rules and names & {*row.formats})
        or ({*row.rules} & {*rules} and (format in row.formats or format in _MANY))
    )


def document() -> str:
    """Return the table as Markdown."""
    rows = [
        f"| {', '.join(row.formats)} | {row.library} | {row.what} "
        f"| {', '.join(f'`{rule}`' for rule in row.rules) or 'the container'} "
        f"| {' '.join(part for part in (f'`{row.line}`' if row.line else '', row.prose) if part)} |"
        for row in TABLE
    ]
    fine = [f"| `{name}` | {why} |" for name, why in FINE.items()]
    head = "| format | written by | what is accidental | left out by | the line that ends it |"
    table = [head, "| --- | --- | --- | --- | --- |", *rows]
    return "\n".join([*table, "", "| fine as it is | because |", "| --- | --- |", *fine]) + "\n"
