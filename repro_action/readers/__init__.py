# SPDX-License-Identifier: Apache-2.0
"""Artifacts as trees of leaves: one reader a format, none of which executes what it reads.

A folder is a family of formats: its readers (`…_file`) and what they share. What all families share is here.
`READERS` is asked in order; the first that recognizes a source reads it. What it cannot
read becomes one leaf of plain bytes, with the reason. What none of ours but the last recognizes is
offered to the readers of other packages first (docs/extending.md).
"""

from __future__ import annotations

import functools
import importlib
import stat
import time
from dataclasses import replace
from pathlib import Path

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.protocol import (
    DEFAULT_OPTIONS,
    TOO_LARGE,
    FileSource,
    FolderWatch,
    Limits,
    ReadContext,
    Reader,
    ReadOptions,
    Source,
)
from repro_action.tree import LeafDigester, Tree

__all__ = [
    "READERS",
    "Limits",
    "all_readers",
    "load_readers",
    "read_artifact",
    "read_source",
    "reader_for",
    "same_bytes",
]


HEAD = 512
"""Bytes of the start that readers recognize a format by."""

READERS = (
    "tensors.npy_file.NpyReader",
    "tensors.safetensors_file.SafetensorsReader",
    "pictures.png_file.PngReader",
    "models.catboost_file.CatboostReader",
    "models.xgboost_binary_file.XgboostBinaryReader",
    "models.onnx_file.OnnxReader",
    "hdf5.hdf5_file.Hdf5Reader",
    "tensors.gguf_file.GgufReader",
    "tensors.faiss_file.FaissReader",
    "json.ubj_file.UbjReader",
    "tables.arrow_file.ArrowReader",
    "tables.avro_file.AvroReader",
    "tables.sqlite_file.SqliteReader",
    "tracking.wandb_file.WandbReader",
    "tracking.events_file.EventsReader",
    "documents.pdf_file.PdfReader",
    "pictures.picture_file.PictureReader",
    "models.saved_model_file.SavedModelReader",
    "models.saved_model_file.FingerprintReader",
    "json.msgpack_file.MsgpackReader",
    "rdata.rds_file.RdsReader",
    # All of these are zip archives; the most telling one comes first.
    "pickle.torch_file.TorchReader",
    "pickle.skops_file.SkopsReader",
    "tensors.npz_file.NpzReader",
    "tables.excel_file.ExcelReader",
    "archives.archive_file.ZipReader",
    # A compressed tar looks like a compressed pickle from outside.
    "archives.archive_file.TarReader",
    "pickle.joblib_file.JoblibReader",
    "pickle.pickle_file.PickleReader",
    "archives.archive_file.CompressedReader",
    # Texts, from the strictest to the loosest.
    "zarr.metadata_file.ZarrGroupReader",
    "zarr.metadata_file.OrbaxReader",
    "tracking.mlmodel_file.MlmodelReader",
    "documents.office_file.CorePropertiesReader",
    "pictures.svg_file.SvgReader",
    "documents.html_file.HtmlReader",
    "models.lightgbm_file.LightgbmReader",
    "documents.notebook_file.NotebookReader",
    "tracking.optuna_journal.OptunaJournalReader",
    "json.toml_file.TomlReader",
    "json.yaml_file.YamlReader",
    "documents.xml_file.XmlReader",
    "json.json_file.JsonReader",
    "json.json_lines_file.JsonLinesReader",
    "tables.table_file.TableReader",
    "documents.text_file.TextReader",
    "bytes_file.BytesReader",
)
"""`family.module.Class` of every reader, in the order in which they are asked; imported on demand."""


def read_artifact(
    path: Path,
    options: ReadOptions = DEFAULT_OPTIONS,
    *,
    limits: Limits | None = None,
    watch: FolderWatch | None = None,
) -> Tree:
    """Read one file or folder in this process; `repro_action.reading` does it in another one.

    Args:
        path: a regular file or a folder; a link is followed, for the caller chose it.
        options: what is asked of it.
        limits: bounds; the defaults where None.
        watch: of the files of a folder.

    Returns:
        The tree. What no reader can read is one leaf of bytes; the tree's `reason` says why.

    Raises:
        ArtifactUnreadable: it is missing, neither file nor folder, cannot be opened, or
            even its bytes take too long.
    """
    bounds = limits if limits is not None else Limits()
    context = ReadContext(
        limits=bounds,
        digester=LeafDigester(options.algorithm),
        statistics=options.statistics,
        deadline=time.monotonic() + bounds.seconds,
        nest=read_source,
        watch=watch,
        tables=options.tables,
    )
    try:
        return _read_path(path, options, context)
    except OSError as error:
        raise ArtifactUnreadable(f"it cannot be read: {error.strerror}", where=path.name) from error


def _read_path(path: Path, options: ReadOptions, context: ReadContext) -> Tree:
    mode = path.stat().st_mode
    if options.search:
        from repro_action.readers.searches import read_search

        return read_search(path, context)
    if stat.S_ISDIR(mode):
        from repro_action.readers.archives.folder import read_folder

        return read_folder(path, context)
    if not stat.S_ISREG(mode):
        raise ArtifactUnreadable("it is neither a file nor a folder", where=path.name)
    if options.printed:
        from repro_action.readers.documents.printed import PrintedReader

        return _read_with(PrintedReader(), FileSource(path), context)
    return read_source(FileSource(path), context)


def read_source(source: Source, context: ReadContext) -> Tree:
    """Read a file or an archive's member with the first reader that recognizes it.

    Raises:
        ArtifactUnreadable: not even its bytes can be read.
    """
    with source.open() as file:
        head = file.read(HEAD)
    return _read_with(reader_for(source, head), source, context)


def _read_with(reader: Reader, source: Source, context: ReadContext) -> Tree:
    from repro_action.readers.bytes_file import BytesReader, read_bytes

    try:
        return _guarded(reader, source, context)
    except ArtifactUnreadable as error:
        if isinstance(reader, BytesReader):
            raise
        # The fallback is one pass over the bytes, and is owed even when time was spent.
        patient = replace(context, deadline=context.deadline + context.limits.seconds)
        return read_bytes(source, patient, f"{reader.name}: {error.what}")


def _guarded(reader: Reader, source: Source, context: ReadContext) -> Tree:
    """Read, whatever a hostile file makes of the libraries underneath: one artifact fails alone.

    Raises:
        ArtifactUnreadable: it cannot be read; the reason names an exception that nobody foresaw.
    """
    try:
        return reader.read(source, context)
    except (ArtifactUnreadable, OSError):
        raise
    except MemoryError:
        pass  # what the reader made is freed outside of the handler
    except Exception as error:
        words = f"{type(error).__name__}: {error}"[:200]
        raise ArtifactUnreadable(
            f"it is malformed in a way that its reader did not expect: {words}"
        ) from error
    raise ArtifactUnreadable(TOO_LARGE)


def reader_for(source: Source, head: bytes) -> Reader:
    """Return the first reader that recognizes the source; readers of other packages come last but one."""
    from repro_action.readers.foreign import foreign_readers

    *ours, last = READERS
    for entry in ours:
        reader = _load(entry)
        if _recognizes(reader, source, head):
            return reader
    foreign = (reader for reader in foreign_readers() if reader.recognizes(source, head))
    return next(foreign, _load(last))


def _recognizes(reader: Reader, source: Source, head: bytes) -> bool:
    try:
        return reader.recognizes(source, head)
    except Exception:  # noqa: BLE001 -- a reader that cannot even look does not know the format
        return False


def same_bytes(one: Path, other: Path) -> bool:
    """Say whether two files hold the same bytes; see `bytes_file.same_bytes`."""
    from repro_action.readers import bytes_file

    return bytes_file.same_bytes(one, other)


def load_readers() -> None:
    """Import every reader now, at a moment when it costs nothing."""
    from repro_action.readers.foreign import foreign_readers

    for entry in READERS:
        _load(entry)
    foreign_readers()


def all_readers() -> tuple[Reader, ...]:
    """Return all readers of ours, in the order in which they are asked."""
    return tuple(map(_load, READERS))


@functools.cache
def _load(entry: str) -> Reader:
    module, _, name = entry.rpartition(".")
    reader: Reader = getattr(importlib.import_module(f"{__name__}.{module}"), name)()
    return reader
