# SPDX-License-Identifier: Apache-2.0
"""Whether an input of a step is data or code: by its ending, its use and its first bytes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

HEAD = 8192
"""Bytes of a file that are looked at."""

_DATA = frozenset(
    (  # noqa: SIM905
        "csv tsv psv tab parquet feather arrow orc avro jsonl ndjson geojson xlsx xls ods dta sav "
        "npy npz h5 hdf5 hdf mat rds rdata pkl pickle joblib safetensors pt pth ckpt onnx pb tflite "
        "cbm gguf keras skops bin dat data db sqlite sqlite3 duckdb mdb lmdb tfrecord tfrecords rec "
        "png jpg jpeg gif bmp tif tiff webp svs dcm nii wav flac mp3 ogg m4a mp4 avi mkv mov webm "
        "zip tar gz tgz bz2 xz zst 7z rar fasta fa fastq fq vcf bam sam gtf bed pdb sdf mol smi "
        "shp dbf las ply obj stl nc grib grb fits edf arff libsvm svm svmlight conll conllu vec "
        "txt text log"
    ).split()
)
_CODE = frozenset(
    (  # noqa: SIM905
        "py pyi pyx pxd pyw ipynb r rmd jl m sh bash zsh fish ps1 bat c cc cpp cxx cu h hpp cuh rs go "
        "js mjs ts tsx jsx java scala kt lua pl rb php swift f f90 sql stan bugs jags smk nf wdl cwl "
        "mk cmake nix toml cfg ini conf env properties yaml yml json5 lock j2 jinja jinja2 tmpl proto "
        "so pyd dll dylib whl jar wasm o a css"
    ).split()
)
_NAMED_CODE = re.compile(
    r"(?:requirements|constraints)[^/]*\.txt|cmakelists\.txt|makefile|dockerfile|snakefile|justfile"
    r"|procfile|license[^/]*|readme[^/]*|\.[^/]*|__init__[^/]*",
    re.IGNORECASE,
)
_DATA_FOLDERS = frozenset({"data", "dataset", "datasets", "corpus", "corpora", "raw", "samples", "fixtures"})
_DATED = re.compile(r"\.\d+$")
_NUMBER = re.compile(rb"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|nan|NaN|NA", re.ASCII)


def is_data(path: str, head: bytes, *, size: int = 0) -> bool:
    """Whether a file that a step declares as an input, and does not run, holds data.

    Args:
        path: relative to the project.
        head: its first `HEAD` bytes.
        size: of the file, in bytes.
    """
    name = PurePosixPath(path).name
    folders = frozenset(PurePosixPath(path.lower()).parts[:-1])
    suffix = PurePosixPath(_DATED.sub("", name)).suffix.lower().lstrip(".")
    if _NAMED_CODE.fullmatch(name) or "requirements" in folders or suffix in _CODE:
        return False
    if suffix in _DATA:
        return not head.startswith(b"#!")
    return _data_by_content(folders, suffix, head, size)


def programs(command: Sequence[str]) -> tuple[str, ...]:
    """Return what a command runs: its first word, and the script that an interpreter is given."""
    script = next((word for word in command[1:] if not word.startswith("-")), "")
    return tuple(str(PurePosixPath(word)) for word in (*command[:1], script) if word)


def _data_by_content(folders: frozenset[str], suffix: str, head: bytes, size: int) -> bool:
    if not head or head.startswith(b"#!"):
        return False
    if _binary(head) or not _DATA_FOLDERS.isdisjoint(folders):
        return True
    if suffix == "json":
        # A small object is a configuration; a list of records, or a large document, is data.
        return head.lstrip()[:1] == b"[" or size > 16 * HEAD
    return suffix in {"xml", "html", "htm", ""} or _mostly_numbers(head)


def _binary(head: bytes) -> bool:
    if b"\0" in head:
        return True
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        # The head may end within a character.
        return error.start < len(head) - 3
    return False


def _mostly_numbers(head: bytes) -> bool:
    words = re.split(rb"[\s,;|:]+", head.strip())
    return len(words) >= 4 and 2 * sum(1 for word in words if _NUMBER.fullmatch(word)) >= len(words)
