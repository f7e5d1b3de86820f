# SPDX-License-Identifier: Apache-2.0
"""Which files a program reads and writes, judged by the calls in its source."""

from __future__ import annotations

import ast
import posixpath
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from repro_action.init.evaluate import UNKNOWN, Evaluator
from repro_action.init.listings import listed
from repro_action.init.program import Program
from repro_action.init.source import Scope, Source

Mode = Literal["read", "write"]

_NAMES = (
    *("path", "filename", "file", "fname", "f", "fp", "filepath_or_buffer", "path_or_buf"),
    *("filepath", "file_name", "save_directory", "outfile", "root"),
)
_READ_FIRST = {
    *("read_csv", "read_table", "read_parquet", "read_json", "read_excel", "read_feather", "read_pickle"),
    *("read_hdf", "read_orc", "read_stata", "read_sas", "read_fwf", "read_ndjson", "read_xml", "scan_csv"),
    *("scan_parquet", "loadtxt", "genfromtxt", "fromfile", "loadmat", "open_dataset", "imread", "DMatrix"),
    *("ImageFolder", "load_svmlight_file", "load_file", "load_files", "listdir", "scandir", "walk"),
    *("load_model", "load_npz", "memmap"),
}
_READ_OF = {"load": {"np", "numpy", "joblib", "torch", "sio", "onnx", "skops", "io", "OmegaConf"}}
_STAMPS = {
    *("time", "time_ns", "now", "utcnow", "today", "strftime", "isoformat", "timestamp"),
    *("uuid1", "uuid4", "token_hex", "getpid", "mktemp"),
}
_READ_SELF = {"read_text", "read_bytes"}
_WRITE_FIRST = {
    **dict.fromkeys(
        (
            *("to_csv", "to_parquet", "to_json", "to_pickle", "to_feather", "to_excel", "to_hdf", "to_html"),
            *("to_stata", "to_orc", "to_netcdf", "to_zarr", "savefig", "save_model", "save_pretrained"),
            *("savetxt", "tofile", "write_csv", "write_parquet", "write_json", "write_ipc", "save_weights"),
            *("savemat", "save_npz", "imwrite", "imsave", "dump_model", "export_graphviz", "write_image"),
        ),
        "",
    ),
    "savez": ".npz",
    "savez_compressed": ".npz",
}
_WRITE_SECOND = {"save_file", "dump_svmlight_file", "save_dataset", "write_table"}
_WRITE_SELF = {"write_text", "write_bytes"}
_DOWNLOADS = {
    *("urlretrieve", "urlopen", "load_dataset", "hf_hub_download", "snapshot_download", "from_pretrained"),
    *(
        "fetch_openml",
        "fetch_california_housing",
        "fetch_20newsgroups",
        "fetch_olivetti_faces",
        "fetch_covtype",
    ),
    *("fetch_lfw_people", "fetch_kddcup99", "fetch_rcv1", "fetch_species_distributions"),
}


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Access:
    """One place that reads or writes a file.

    Attributes:
        path: relative to the project; of a folder where only that is known; empty where
            nothing is.
        mode: read or write.
        module: the file that holds the call.
        line: from 1.
        folder: whether `path` is a folder because the name in it is not known.
        sure: False where the call stands under a condition.
        stamped: whether a clock or a random name makes the path new in every run.
    """

    path: str
    mode: Mode
    module: str
    line: int
    folder: bool = False
    sure: bool = True
    stamped: bool = False


def accesses(evaluator: Evaluator) -> Iterator[Access]:
    """Yield what a program reads and writes, as far as the source tells."""
    for scope in evaluator.program.reachable():
        for call in scope.calls:
            for mode, node, suffix in _targets(call, evaluator.program.sources[scope.module]):
                for held in evaluator.values(node, scope) or (UNKNOWN,):
                    found = _access(held, suffix, mode, scope, call)
                    stamped = UNKNOWN in held and mode == "write" and _stamped(evaluator.program, node, scope)
                    yield replace(found, stamped=True) if stamped else found


def _stamped(program: Program, node: ast.expr, scope: Scope, depth: int = 3) -> bool:
    """Whether a clock or a random name goes into an expression, directly or by names bound before."""
    for part in ast.walk(node):
        match part:
            case ast.Call() if _called(part)[0] in _STAMPS:
                return True
            case ast.Name(id=name) if depth and any(
                _stamped(program, held.node, held.scope, depth - 1)
                for held in program.lookup(scope, name)[:4]
            ):
                return True
            case _:
                pass
    return False


def downloads(evaluator: Evaluator) -> Iterator[tuple[str, str, int]]:
    """Yield calls that fetch something: name, file, line."""
    for scope in evaluator.program.reachable():
        for call in scope.calls:
            name, base = _called(call)
            web = isinstance(base, ast.Name) and base.id in {"requests", "httpx"} and name == "get"
            asks = any(
                item.arg == "download" and isinstance(item.value, ast.Constant) and item.value.value is True
                for item in call.keywords
            )
            if name in _DOWNLOADS or web or asks:
                yield name, scope.module, call.lineno


def _called(call: ast.Call) -> tuple[str, ast.expr | None]:
    match call.func:
        case ast.Name(id=name):
            return name, None
        case ast.Attribute(value=base, attr=name):
            return name, base
    return "", None


def _targets(call: ast.Call, source: Source) -> Iterator[tuple[Mode, ast.expr, str]]:
    """Yield (mode, path expression, suffix that the function adds) of a call."""
    name, base = _called(call)
    module = base.id if isinstance(base, ast.Name) else ""
    if listed(call, source):
        yield "read", call, ""
    elif name in {"open", "File", "fdopen"}:
        yield from _opened(call, base)
    elif name == "save":
        yield from _saved(call, module)
    elif name == "dump" and module not in {
        "json",
        "yaml",
        "toml",
        "tomli_w",
        "pickle",
        "cloudpickle",
        "dill",
    }:
        yield from _at(call, 1, "write")
    elif name in _WRITE_FIRST:
        yield from _at(call, 0, "write", _WRITE_FIRST[name])
    elif name in _WRITE_SECOND:
        yield from _at(call, 1, "write")
    elif base is not None and name in _WRITE_SELF:
        yield "write", base, ""
    elif name in _READ_FIRST or module in _READ_OF.get(name, ()):
        yield from _at(call, 0, "read")
    elif base is not None and name in _READ_SELF:
        yield "read", base, ""


def _opened(call: ast.Call, base: ast.expr | None) -> Iterator[tuple[Mode, ast.expr, str]]:
    """`open(path, mode)`, `gzip.open(path, mode)`, `h5py.File(path, mode)`, `path.open(mode)`."""
    library = base is None or (
        isinstance(base, ast.Name)
        and base.id in {"gzip", "bz2", "lzma", "codecs", "io", "h5py", "Image", "os"}
    )
    given = list(call.args)
    if not library and base is not None:
        given.insert(0, base)
    modes = [*given[1:2], *(item.value for item in call.keywords if item.arg == "mode")]
    mode = modes[0].value if modes and isinstance(modes[0], ast.Constant) else "r"
    writes = isinstance(mode, str) and any(letter in mode for letter in "wax")
    path = given[0] if given else next((item.value for item in call.keywords if item.arg in _NAMES), None)
    if path is not None:
        yield "write" if writes else "read", path, ""


def _saved(call: ast.Call, module: str) -> Iterator[tuple[Mode, ast.expr, str]]:
    """`np.save(path, …)` adds a suffix; `torch.save(…, path)` takes it second; `model.save(path)` first."""
    if module in {"np", "numpy", "jnp"}:
        yield from _at(call, 0, "write", ".npy")
    elif module in {"torch", "onnx"} or len(call.args) == 2:
        yield from _at(call, 1, "write")
    else:
        yield from _at(call, 0, "write")


def _at(call: ast.Call, index: int, mode: Mode, suffix: str = "") -> Iterator[tuple[Mode, ast.expr, str]]:
    given = [item for item in call.args if not isinstance(item, ast.Starred)]
    named = [item.value for item in call.keywords if item.arg in _NAMES]
    for node in [*given[index : index + 1], *named][:1]:
        # `joblib.dump(model, open(path, "wb"))`: the inner call is found by itself.
        if not isinstance(node, ast.Call) or _called(node)[0] not in {"open", "BytesIO", "StringIO"}:
            yield mode, node, suffix


def _access(held: str, suffix: str, mode: Mode, scope: Scope, call: ast.Call) -> Access:
    folder = UNKNOWN in held
    path = held.partition(UNKNOWN)[0].rpartition("/")[0] if folder else held
    if path and not folder and suffix and not path.endswith(suffix):
        path += suffix
    return Access(
        path=posixpath.normpath(path) if path else "",
        mode=mode,
        module=scope.module,
        line=call.lineno,
        folder=folder,
        sure=call not in scope.unsure,
    )
