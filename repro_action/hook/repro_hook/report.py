# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: PTH105, PTH118, PTH123 -- pathlib costs more than the whole hook
"""Writes what a process imported and which numeric libraries it really ran; loaded at its end."""

from __future__ import annotations

import gc
import os
import sys
import time

try:
    from _json import encode_basestring_ascii
except ImportError:  # an interpreter other than CPython
    from json.encoder import encode_basestring_ascii

from repro_hook import CAPPED
from repro_hook.asks import ASKS, VARIABLES

TYPE_CHECKING = False
if TYPE_CHECKING:  # `types` need not be there yet
    from collections.abc import Mapping, Sequence
    from types import ModuleType
    from typing import Any, Union

    from repro_hook.asks import Step
    from repro_hook.presence import ProcessStart

    Value = Union[int, str, list[str]]  # noqa: UP007 -- Python 3.8 may read it

NUMERIC = (
    *("numpy", "scipy", "sklearn", "torch", "tensorflow", "jax", "xgboost", "lightgbm"),
    *("numexpr", "polars", "mkl"),
)
"""Modules behind which shared libraries are worth a look."""
LENGTH = 2000
"""Characters of one answer."""
MEMBERS = 200
"""Of one list."""
LIMIT = 20_000
"""Modules looked at; what lies beyond is counted in the report's errors."""


def write(
    folder: str,
    lineage: str,
    seeded: list[str],
    errors: list[str],
    observations: Sequence[Mapping[str, object]],
    presence: ProcessStart,
) -> None:
    """Write one JSON file; its name is unique, and it appears whole or not at all.

    It is not flushed to the disk: a report that a power cut takes belongs to a run that is lost too.

    Args:
        folder: of reports.
        lineage: place of the process among those of the step.
        seeded: modules whose generators the hook seeded.
        errors: what failed in the hook itself.
        observations: what was noticed.
        presence: name and seal of this process.
    """
    # After many imports a full collection is due (60 ms with scikit-learn), and of no more use.
    gc.disable()
    shown = {"of": presence.name, "seal": presence.seal, "observations": observations}
    text = encode({**_collect(lineage, seeded, errors), **shown})
    # A fork shows the secret of the process that it was forked from, under a name of its own.
    name = f"{os.getpid()}-{time.monotonic_ns()}.json" if lineage else f"{presence.name}.json"
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
        "seeded": seeded,
        "errors": problems,
    }
    for part in (_modules, _facts):
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


def _facts(problems: list[str]) -> dict[str, object]:
    found: dict[str, object] = {"facts": _answers(), "libraries": []}
    if any(name in sys.modules for name in NUMERIC):
        from repro_hook import shared

        found["libraries"] = shared.answers(problems)
    return found


def _answers() -> dict[str, Value]:
    """Return what loaded modules answer, and the variables that nobody can be asked of."""
    found: dict[str, Value] = {}
    loaded = sys.modules
    for name, module, steps in ASKS:
        if module in loaded and name not in found:
            value = _answer(module, steps)
            if value is not None:
                found[name] = value
    for name in VARIABLES:
        found[f"environ.{name}"] = os.environ.get(name, "")[:LENGTH]
    for name, requested in CAPPED.items():
        found[f"capped.{name}"] = requested
    return found


def _answer(module: str, steps: tuple[Step, ...]) -> Value | None:
    value: Any = sys.modules[module]
    try:
        for step in steps:
            value = value(*step) if isinstance(step, tuple) else getattr(value, step)
    except Exception:  # noqa: BLE001 -- another release has no such function: nothing is known
        return None
    return _plain(value)


def _plain(value: object) -> Value:
    if isinstance(value, int):
        return int(value)
    if isinstance(value, str):
        return value[:LENGTH]
    if isinstance(value, dict):
        value = [name for name, on in value.items() if on]
    if isinstance(value, (list, tuple)):
        return [str(item)[:100] for item in value[:MEMBERS]]
    return type(value).__name__


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
        pairs = [f"{encode_basestring_ascii(key)}:{encode(item)}" for key, item in value.items()]
        return "{" + ",".join(pairs) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(map(encode, value)) + "]"
    return encode_basestring_ascii(str(value))
