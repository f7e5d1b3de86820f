# SPDX-License-Identifier: Apache-2.0
"""Which files a program reads and writes, judged by the calls in its source."""

from __future__ import annotations

import ast
import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from repro_action.pyanalysis.listings import listing_call
from repro_action.pyanalysis.module import SourceModule
from repro_action.pyanalysis.options import flags
from repro_action.pyanalysis.path_values import PathEvaluator
from repro_action.pyanalysis.program import SourceProgram
from repro_action.pyanalysis.templates import UNKNOWN

Mode = Literal["read", "write"]

_NAMES = (
    *("path", "filename", "file", "fname", "f", "fp", "filepath_or_buffer", "path_or_buf"),
    *("filepath", "file_name", "save_directory", "outfile", "root"),
)
_READ_FIRST = {
    *("read_csv", "read_table", "read_parquet", "read_json", "read_excel", "read_feather", "read_pickle"),
    *("read_hdf", "read_orc", "read_stata", "read_sas", "read_fwf", "read_ndjson", "read_xml", "scan_csv"),
    *("scan_parquet", "loadtxt", "genfromtxt", "fromfile", "loadmat", "open_dataset", "imread"),
    *("ImageFolder", "load_svmlight_file", "load_file", "load_files", "listdir", "scandir", "walk"),
    *("load_model", "load_npz", "memmap", "read_file", "image_dataset_from_directory", "flow_from_directory"),
    *("text_dataset_from_directory", "audio_dataset_from_directory"),
}
_MAY_READ = {"Dataset", "DMatrix", "Pool", "QuantileDMatrix", "read"}
"""What takes a path or something else; it counts where the source tells the path."""
_MAY_READ_OF = {"Dataset": {"lgb", "lightgbm"}, "Pool": {"catboost", "cb"}}
_INI = (".ini", ".cfg", ".conf")
_READ_KEYWORDS = {"fmap", "data_files", "model_file", "init_model", "config_file"}
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]+:/")
_URL = re.compile(r"(https?|s3|gs|gcs|az|abfs|hf)://[^\s\0]+")
_READ_OF = {
    "load": {
        *("np", "numpy", "jnp", "jax.numpy", "joblib", "torch", "sio", "onnx", "skops", "io", "OmegaConf"),
        *("scipy.io", "skops.io", "omegaconf.OmegaConf"),
    }
}
_TEXT_DUMPS = {"json", "yaml", "toml", "tomli_w", "pickle", "cloudpickle", "dill"}
_OPENERS = {
    *("gzip", "bz2", "lzma", "codecs", "io", "h5py", "Image", "PIL.Image", "os", "zipfile", "tarfile"),
}
_FILES = {"open", "File", "fdopen", "ZipFile", "GzipFile", "TarFile", "BZ2File", "LZMAFile"}
_PACKED = {"zip": ".zip", "tar": ".tar", "gztar": ".tar.gz", "bztar": ".tar.bz2", "xztar": ".tar.xz"}
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
            *("write_html", "ExcelWriter", "Workbook", "save_binary"),
        ),
        "",
    ),
    "savez": ".npz",
    "savez_compressed": ".npz",
}
_WRITE_SECOND = {"save_file", "dump_svmlight_file", "save_dataset", "write_table"}
_WRITE_SELF = {"write_text", "write_bytes"}
_WEB = {"urlretrieve", "urlopen", "download", "wget"}
_WEB_TO = {"urlretrieve", "download"}
_DOWNLOADS = {
    *("urlretrieve", "urlopen", "load_dataset", "hf_hub_download", "snapshot_download", "from_pretrained"),
    *("fetch_openml", "fetch_california_housing", "fetch_20newsgroups", "fetch_olivetti_faces"),
    *("fetch_covtype", "fetch_lfw_people", "fetch_kddcup99", "fetch_rcv1", "fetch_species_distributions"),
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
        call: last name of what is called, such as `savefig`.
        asked_for: whether it happens only where an option of the command line asks for it.
        several: whether the call's path may be one of several, as of a helper that is called with each.
        url: address that it reads; `path` is then where it is put, and empty where that is not said.
    """

    path: str
    mode: Mode
    module: str
    line: int
    folder: bool = False
    sure: bool = True
    stamped: bool = False
    call: str = ""
    asked_for: bool = False
    several: bool = False
    url: str = ""


def accesses(evaluator: PathEvaluator) -> Iterator[Access]:
    """Yield what a program reads and writes, as far as the source tells."""
    for module, frame in evaluator.program.reachable:
        for call in module.calls.get(frame, ()):
            if _is_own(evaluator.program, module, call):
                continue  # what the project's own function does is found in it
            yield from _fetched(evaluator, call, module)
            for mode, node, suffix in _targets(call, module):
                texts = evaluator.values(node, module) or (UNKNOWN,)
                for text in texts:
                    if _ADDRESS.match(text) or (UNKNOWN in text and _called(call, module).name in _MAY_READ):
                        continue
                    found = _access(text, suffix, mode, module, call)
                    asked_for = not found.sure and _is_asked_for(evaluator.program, module, call)
                    found = replace(found, several=len(texts) > 1, asked_for=asked_for)
                    if evaluator.cwd and found.path:
                        placed = posixpath.normpath(posixpath.join(evaluator.cwd, found.path))
                        found = replace(found, path=placed)
                    stamped = (
                        UNKNOWN in text and mode == "write" and _is_stamped(evaluator.program, module, node)
                    )
                    yield replace(found, stamped=True) if stamped else found


def _is_asked_for(program: SourceProgram, module: SourceModule, call: ast.Call) -> bool:
    """Whether a call is under an `if` that asks for a flag of the command line, such as `--save-model`."""
    known = set(flags(program.script))
    tests = (above.test for above in module.around(call) if isinstance(above, ast.If))
    names = {part.attr for test in tests for part in ast.walk(test) if isinstance(part, ast.Attribute)}
    return not known.isdisjoint(names)


def _is_own(program: SourceProgram, module: SourceModule, call: ast.Call) -> bool:
    """Whether a call by its plain name is one of the project's own function."""
    match call.func:
        case ast.Name(id=name):
            own = name in module.callables or (module.path, name) in program.names
        case ast.Attribute(value=ast.Name(id=base)):
            own = (module.path, base) in program.names
        case _:
            return False
    return own and program.function(module, call.func) is not None


def _fetched(evaluator: PathEvaluator, call: ast.Call, module: SourceModule) -> Iterator[Access]:
    """Yield what a call reads from an address: `pd.read_csv("https://…")`, `urlretrieve(url, path)`."""
    called = _called(call, module)
    web = called.package in {"requests", "httpx"} and called.name == "get"
    if not call.args or not (web or called.name in _WEB or called.name in _READ_FIRST):
        return
    for text in evaluator.values(call.args[0], module):
        if not _URL.fullmatch(text):
            continue
        targets: tuple[str, ...] = ()
        if called.name in _WEB_TO and len(call.args) > 1:
            targets = tuple(one for one in evaluator.values(call.args[1], module) if UNKNOWN not in one)
        path = targets[0] if targets else ""
        placed = posixpath.normpath(posixpath.join(evaluator.cwd, path)) if path else ""
        yield Access(
            path=placed,
            mode="read",
            module=module.path,
            line=call.lineno,
            sure=not module.is_conditional(call),
            call=called.name,
            url=text,
        )


def _is_stamped(program: SourceProgram, module: SourceModule, node: ast.expr, depth: int = 3) -> bool:
    """Whether a clock or a random name goes into an expression, directly or by names bound before."""
    for part in ast.walk(node):
        match part:
            case ast.Call() if _called(part, module).name in _STAMPS:
                return True
            case ast.Name() if depth and any(
                _is_stamped(program, item.module, item.node, depth - 1)
                for item in program.lookup(module, part)[:4]
            ):
                return True
            case _:
                pass
    return False


def downloads(program: SourceProgram) -> Iterator[tuple[str, str, int]]:
    """Yield calls that fetch something: name, file, line."""
    for module, frame in program.reachable:
        for call in module.calls.get(frame, ()):
            if _is_own(program, module, call):
                continue
            called = _called(call, module)
            if called.name == "load_dataset" and _is_local_dataset(call):
                continue
            web = called.package in {"requests", "httpx"} and called.name == "get"
            asks = any(
                item.arg == "download" and isinstance(item.value, ast.Constant) and item.value.value is True
                for item in call.keywords
            )
            if called.name in _DOWNLOADS or web or asks or _of_keras(call, called):
                yield called.name, module.path, call.lineno


def _is_local_dataset(call: ast.Call) -> bool:
    """Say whether `load_dataset` reads files: `load_dataset("csv", data_files="train.csv")`."""
    first = call.args[0] if call.args else None
    named = isinstance(first, ast.Constant) and first.value in {"csv", "json", "parquet", "text", "arrow"}
    return named or any(item.arg == "data_files" for item in call.keywords)


def _of_keras(call: ast.Call, called: _Called) -> bool:
    """Say whether it is one of Keras's datasets, `mnist.load_data()` and the like."""
    owner = ast.unparse(call.func.value) if isinstance(call.func, ast.Attribute) else ""
    return called.name == "load_data" and "keras.datasets" in f"{called.package} {owner}"


class _Called(NamedTuple):
    """What a call names: `np.save` → `save` of `numpy`, a method of `base`."""

    name: str = ""
    package: str = ""
    base: ast.expr | None = None


def _called(call: ast.Call, module: SourceModule) -> _Called:
    match call.func:
        case ast.Name(id=name):
            package, _, original = module.aliases.get(name, name).rpartition(".")
            return _Called(original, package)
        case ast.Attribute(value=ast.Name(id=name) as base, attr=attribute):
            return _Called(attribute, module.aliases.get(name, name), base)
        case ast.Attribute(value=base, attr=attribute):
            return _Called(attribute, "", base)
    return _Called()


def _targets(call: ast.Call, module: SourceModule) -> Iterator[tuple[Mode, ast.expr, str]]:
    """Yield (mode, path expression, suffix that the function adds) of a call."""
    called = _called(call, module)
    name, package, base = called
    yield from (("read", item.value, "") for item in call.keywords if item.arg in _READ_KEYWORDS)
    if listing_call(call, module):
        yield "read", call, ""
    elif name in _FILES:
        yield from _opened(call, called)
    elif name == "save":
        yield from _saved(call, module, package)
    elif name == "make_archive":
        formats = [*call.args[1:2], *(item.value for item in call.keywords if item.arg == "format")]
        format_name = formats[0].value if formats and isinstance(formats[0], ast.Constant) else ""
        yield from _at(call, module, 0, "write", _PACKED.get(str(format_name), ""))
    elif name == "dump" and package not in _TEXT_DUMPS:
        yield from _at(call, module, 1, "write")
    elif name in _WRITE_FIRST:
        yield from _at(call, module, 0, "write", _WRITE_FIRST[name])
    elif name in _WRITE_SECOND:
        yield from _at(call, module, 1, "write")
    elif base is not None and name in _WRITE_SELF:
        yield "write", base, ""
    elif name in _MAY_READ:
        if package in _MAY_READ_OF.get(name, {package}) and (name != "read" or _reads_settings(call)):
            yield from _at(call, module, 0, "read")
    elif name in _READ_FIRST or package in _READ_OF.get(name, ()):
        yield from _at(call, module, 0, "read")
    elif base is not None and name in _READ_SELF:
        yield "read", base, ""


def _reads_settings(call: ast.Call) -> bool:
    """Say whether it is `ConfigParser().read("settings.ini")`."""
    first = call.args[0] if call.args else None
    return isinstance(first, ast.Constant) and str(first.value).endswith(_INI)


def _opened(call: ast.Call, called: _Called) -> Iterator[tuple[Mode, ast.expr, str]]:
    """`open(path, mode)`, `gzip.open(path, mode)`, `h5py.File(path, mode)`, `path.open(mode)`."""
    given = list(call.args)
    if called.base is not None and called.package not in _OPENERS:
        given.insert(0, called.base)
    modes = [*given[1:2], *(item.value for item in call.keywords if item.arg == "mode")]
    mode = modes[0].value if modes and isinstance(modes[0], ast.Constant) else "r"
    writes = isinstance(mode, str) and any(letter in mode for letter in "wax")
    path = given[0] if given else next((item.value for item in call.keywords if item.arg in _NAMES), None)
    if path is not None:
        yield "write" if writes else "read", path, ""


def _saved(call: ast.Call, module: SourceModule, package: str) -> Iterator[tuple[Mode, ast.expr, str]]:
    """`np.save(path, …)` adds a suffix; `torch.save(…, path)` takes it second; `model.save(path)` first."""
    if package in {"np", "numpy", "jnp", "jax.numpy"}:
        yield from _at(call, module, 0, "write", ".npy")
    elif package in {"torch", "onnx"} or len(call.args) == 2:
        yield from _at(call, module, 1, "write")
    else:
        yield from _at(call, module, 0, "write")


def _at(
    call: ast.Call, module: SourceModule, index: int, mode: Mode, suffix: str = ""
) -> Iterator[tuple[Mode, ast.expr, str]]:
    given = [item for item in call.args if not isinstance(item, ast.Starred)]
    named = [item.value for item in call.keywords if item.arg in _NAMES]
    for node in [*given[index : index + 1], *named][:1]:
        # `joblib.dump(model, open(path, "wb"))`: the inner call is found by itself.
        if not isinstance(node, ast.Call) or _called(node, module).name not in {
            *("open", "BytesIO", "StringIO"),
        }:
            yield mode, node, suffix


def _access(text: str, suffix: str, mode: Mode, module: SourceModule, call: ast.Call) -> Access:
    folder = UNKNOWN in text
    path = text.partition(UNKNOWN)[0].rpartition("/")[0] if folder else text
    if mode == "read" and "?format=" in path:  # as XGBoost has it
        path = path.partition("?")[0]
    if path and not folder and suffix and not path.endswith(suffix):
        path += suffix
    return Access(
        path=posixpath.normpath(path) if path else "",
        mode=mode,
        module=module.path,
        line=call.lineno,
        folder=folder,
        sure=not module.is_conditional(call),
        call=_called(call, module).name,
    )
