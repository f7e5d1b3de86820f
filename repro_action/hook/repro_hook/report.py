# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: PTH105, PTH118, PTH123 -- pathlib costs more than the whole hook
"""Writes what a process imported and which numeric libraries it really ran; loaded at its end."""

from __future__ import annotations

import gc
import os
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:  # `types` need not be there yet
    from collections.abc import Mapping, Sequence
    from types import ModuleType

NUMERIC = ("numpy", "scipy", "sklearn", "torch", "tensorflow", "jax", "xgboost", "lightgbm")
LIMIT = 20_000
"""Modules looked at; what lies beyond is counted in the report's errors."""


def write(
    folder: str,
    lineage: str,
    seeded: list[str],
    errors: list[str],
    observations: Sequence[Mapping[str, object]],
) -> None:
    """Write one JSON file; its name is unique, and it appears whole or not at all.

    It is not flushed to the disk: a report that a power cut takes belongs to a run that is lost too.
    """
    # After many imports a full collection is due (60 ms with scikit-learn), and of no more use.
    gc.disable()
    text = encode({**_collect(lineage, seeded, errors), "observations": observations})
    name = f"{os.getpid()}-{time.monotonic_ns()}.json"
    hidden = os.path.join(folder, f".{name}")
    with open(hidden, "w", encoding="ascii") as file:
        file.write(text)
    os.replace(hidden, os.path.join(folder, name))


def _collect(lineage: str, seeded: list[str], errors: list[str]) -> dict[str, object]:
    problems: list[str] = list(errors)
    report: dict[str, object] = {
        "version": 1,
        "pid": os.getpid(),
        "parent": os.getppid(),
        "lineage": lineage,
        "python": sys.version.split()[0],
        "implementation": sys.implementation.name,
        "hash_seed": os.environ.get("PYTHONHASHSEED", ""),
        "seeded": seeded,
        "errors": problems,
    }
    for part in (_modules, _libraries, _numpy, _torch):
        try:
            report.update(part(problems))
        except Exception as error:  # noqa: BLE001 -- each part is reported even where another fails
            problems.append(f"{part.__name__}: {type(error).__name__}: {error}"[:500])
    return report


def _modules(problems: list[str]) -> dict[str, object]:
    modules = list(sys.modules.items())
    if len(modules) > LIMIT:
        problems.append(f"{len(modules) - LIMIT} of {len(modules)} modules are not listed")
    root = os.environ.get("REPRO_PROJECT_ROOT", "")
    inside = os.path.realpath(root) + os.sep if root else ""
    prefix = os.path.realpath(sys.prefix) + os.sep
    # An interpreter inside the project, such as .venv, is environment and not code.
    foreign = prefix if prefix.startswith(inside) and prefix != inside else ""
    installed: set[str] = set()
    project: set[str] = set()
    main = ""
    for name, module in modules[:LIMIT]:
        path = _file(name, module)
        if f"{os.sep}site-packages{os.sep}" in path or f"{os.sep}dist-packages{os.sep}" in path:
            installed.add(name.partition(".")[0])
            continue
        real = _inside(path, inside) if path else ""
        if not real or (foreign and real.startswith(foreign)):
            continue
        project.add(real[len(inside) :])
        main = real[len(inside) :] if name == "__main__" else main
    return {"modules": sorted(installed), "project": sorted(project), "main": main}


def _file(name: str, module: ModuleType) -> str:
    # Through the dictionary: a module's own __getattr__ is foreign code, and may be slow.
    names = getattr(module, "__dict__", {})
    path = names.get("__file__")
    if path is None and name == "__main__":
        # CPython takes `__file__` of a script away before atexit; its loader stays.
        path = getattr(names.get("__loader__"), "path", None)
    return path if type(path) is str else ""


def _inside(path: str, root: str) -> str:
    """Return the real path of a file below `root`, else an empty text."""
    if not root:
        return ""
    # The standard library is most of what is loaded: resolving links there would be wasted.
    if path.startswith((sys.base_prefix + os.sep, "<frozen")) and not path.startswith(root):
        return ""
    real = os.path.realpath(path)
    return real if real.startswith(root) else ""


def _libraries(problems: list[str]) -> dict[str, object]:
    if not any(name in sys.modules for name in NUMERIC):
        return {"libraries": []}
    from repro_hook import libraries

    return {"libraries": libraries.loaded(problems)}


def _numpy(_: list[str]) -> dict[str, object]:
    numpy = sys.modules.get("numpy")
    core = sys.modules.get("numpy._core._multiarray_umath") or sys.modules.get("numpy.core._multiarray_umath")
    if numpy is None or core is None:
        return {}
    # What the CPU could do stays "on" in __cpu_features__; only what is dispatched matters.
    features = [name for name in core.__cpu_dispatch__ if core.__cpu_features__.get(name)]
    return {"numpy": {"version": numpy.__version__, "features": [*core.__cpu_baseline__, *features]}}


def _torch(_: list[str]) -> dict[str, object]:
    torch = sys.modules.get("torch")
    if torch is None or not hasattr(torch, "get_num_threads"):
        return {}
    return {
        "torch": {
            "version": str(torch.__version__),
            "capability": torch.backends.cpu.get_cpu_capability(),
            "threads": torch.get_num_threads(),
            "deterministic": torch.are_deterministic_algorithms_enabled(),
        }
    }


def encode(value: object) -> str:
    """Return JSON of texts, whole numbers, truth values, lists and mappings.

    Written out, because importing `json` and the `re` that it needs takes longer than
    the whole report of a small process.
    """
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{_quoted(key)}:{encode(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(map(encode, value)) + "]"
    return _quoted(str(value))


def _quoted(text: str) -> str:
    try:
        from _json import encode_basestring_ascii
    except ImportError:  # an interpreter other than CPython
        from json.encoder import encode_basestring_ascii
    return encode_basestring_ascii(text)
