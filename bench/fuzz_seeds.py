# SPDX-License-Identifier: Apache-2.0
"""The small files that `bench.fuzz` changes: some of every format, and what libraries wrote for the tests."""

from __future__ import annotations

import bz2
import collections
import gzip
import importlib
import importlib.util
import io
import json
import lzma
import pickle
import tarfile
import zipfile
from pathlib import Path

import numpy as np

WRITTEN = Path(__file__).parents[1] / "tests" / "formats" / "data"
"""What `tests/formats/writers` made."""
LARGEST = 64 << 10
"""Bytes of the largest file that is changed; a larger one takes too long each time."""
_NAMES = (
    *("avro/{}/table.avro", "orc/{}/table.orc", "flax-msgpack/{}/model.msgpack", "hdf5-latest/{}/log.h5"),
    *("hdf5/{}/model.h5", "netcdf/{}/grid.nc", "rds/{}/model.rds", "rdata/{}/model.RData"),
    *(
        "rds-text/{}/model.rds",
        "hdf5-filters/{}/log.h5",
        "zarr-zip/{}/arrays.zip",
        "png/{}/plot.png",
        "tiff/{}/plot.tiff",
    ),
    *("yaml/{}/params.yaml", "junit/{}/report.xml", "json-lines/{}/history.jsonl", "excel/{}/table.xlsx"),
    *("faiss/{}/index.faiss", "faiss-ivf/{}/index.faiss", "faiss-hnsw/{}/index.faiss"),
    *("xgboost-binary/{}/model.deprecated", "csv-zstd/{}/table.csv.zst"),
    *("arrow-stream/{}/table.arrows", "bmp/{}/plot.bmp", "catboost/{}/model.cbm", "gguf/{}/model.gguf"),
    *("feather/{}/table.feather", "gif/{}/plot.gif", "joblib/{}/model.joblib", "keras/{}/model.keras"),
    *(
        "lightgbm/{}/model.txt",
        "matplotlib-svg/{}/plot.svg",
        "notebook/{}/report.ipynb",
        "onnx/{}/model.onnx",
    ),
    *(
        "optuna-journal/{}/journal.log",
        "parquet/{}/table.parquet",
        "pillow-pdf/{}/page.pdf",
        "tsv/{}/table.tsv",
    ),
    *("pmml/{}/model.pmml", "safetensors/{}/model.safetensors", "skops/{}/model.skops", "csv/{}/table.csv"),
    *("sqlite/{}/table.db", "tiff-samples/{}/scan.tiff", "toml/{}/params.toml", "torch-state/{}/model.pt"),
    *(
        "torch-legacy/{}/legacy.pt",
        "torchscript/{}/script.pt",
        "wandb/{}/run-abc.wandb",
        "plotly/{}/plot.html",
    ),
    *(
        "xgboost-json/{}/model.json",
        "xgboost-ubj/{}/model.ubj",
        "tensorflow-checkpoint/{}/checkpoint/ckpt-1.index",
    ),
    *("tensorflow-saved-model/{}/saved/saved_model.pb", "tensorboard/{}/events.out.tfevents.0.host"),
    *("spacy/{}/pipeline/textcat/model", "spacy/{}/pipeline/vocab/lookups.bin"),
)


def written() -> dict[str, bytes]:
    """Return files that libraries wrote, by name; R's without their compression, so that changes get in."""
    found = {}
    for pattern in _NAMES:
        for version in ("one", "changed"):
            path = WRITTEN / pattern.format(version)
            if path.is_file() and path.stat().st_size <= LARGEST:
                data = path.read_bytes()
                name = (
                    path.name if "." not in path.name else f"{pattern.split('/')[0]}-{version}{path.suffix}"
                )
                found[name] = gzip.decompress(data) if data.startswith(b"\x1f\x8b") else data
    return found


def seeds() -> dict[str, bytes]:
    """Return small files of every format, by name."""
    array = np.arange(4.0)
    value = {
        "b": [1, 2.5, True, None, "text", b"bytes", -(2**70)], "a": (1, [2], {3, 4}), 0: {"k": array},
        "o": collections.OrderedDict(z=1, y=2), "e": [[], {}],
        "q": [bytearray(b"x"), np.float32(1.5), 2j, slice(1, 2)],
    }  # fmt: skip
    shared = [1, 2]
    found = {f"p{protocol}.pkl": pickle.dumps(value, protocol) for protocol in range(6)}
    found["shared.pkl"] = pickle.dumps([shared, shared, {"a": shared}], 2)
    found["objects.pkl"] = pickle.dumps(np.array([[1, "a"], [None, 2.0]], dtype=object), 4)
    setting = b"\x80\x02](K\x01K\x02K\x03eq\x010c_operator\nsetitem\nq\x02h\x01K\x00K\x63\x87R0h\x01."
    found["setitem.pkl"] = setting
    if importlib.util.find_spec("joblib") is not None:
        file = io.BytesIO()
        importlib.import_module("joblib").dump({"w": array.reshape(2, 2), "n": [1, "a", np.arange(3)]}, file)
        found["a.joblib"] = file.getvalue()
    file = io.BytesIO()
    np.save(file, array.reshape(2, 2))
    found["a.npy"] = file.getvalue()
    file = io.BytesIO()
    np.savez(file, a=array, b=np.array([1, 2]))
    found["a.npz"] = file.getvalue()
    found["a.json"] = json.dumps(
        {"a": [1, 2.0, None], "b": {"c": "x", "d": [[1, 2], [3, 4]]}, "e": []}
    ).encode()
    found |= {
        "t.txt.gz": gzip.compress(b"hello\n", mtime=0),
        "t.txt.bz2": bz2.compress(b"hello\n"),
        "t.txt.xz": lzma.compress(b"hello\n"),
    }
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in (("a.json", b"[1]"), ("d/b.bin", b"\0\1"), ("e/", b""), ("l", b"a.json")):
            archive.writestr(zipfile.ZipInfo(name), data)
    found["a.zip"] = file.getvalue()
    for layout, number in ((tarfile.GNU_FORMAT, 1), (tarfile.PAX_FORMAT, 2)):
        file = io.BytesIO()
        with tarfile.open(fileobj=file, mode="w", format=layout) as made:
            for name, data in (("a.json", b"[1]"), ("d/" + "long" * 40, b"\0\1")):
                info = tarfile.TarInfo(name)
                info.size = len(data)
                made.addfile(info, io.BytesIO(data))
        found[f"a{number}.tar"] = file.getvalue()
    return found
