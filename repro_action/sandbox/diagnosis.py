# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: PTH110, PTH118 -- paths are texts here: they may hold any byte, and are many
"""Says so where a step failed because of the sandbox, and what to declare."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from repro_action.determinism.read import read_reports
from repro_action.observation import Observation, ObservationKind
from repro_action.paths.names import normal, place, shown
from repro_action.paths.patterns import covers, is_pattern, literal_prefix, within
from repro_action.sandbox.enclosed_step import EnclosedStep
from repro_action.sandbox.modules import import_folders, imported_files, module_file
from repro_action.steps.diagnosis import Diagnosis, diagnose, escaped
from repro_action.steps.record import StepFailed

MAX_NAMED = 10

_NO_FILE = re.compile(
    r"No such file or directory: b?(?P<quote>['\"])(?P<name>[^\n]{1,500}?)(?P=quote)(?:$|[^\w])", re.MULTILINE
)
_NO_FILE_SHELL = re.compile(r"(?P<name>[^\s:'\"]{1,500}): No such file or directory")
_NOT_FOUND = re.compile(
    r"FileNotFoundError: (?P<numpy>[^\n'\"]{1,500}?) not found\.$"
    r"|unable to open file: name = '(?P<hdf5>[^\n']{1,500})'"
    r"|cannot open (?:compressed )?file '(?P<r>[^\n']{1,500})'",
    re.MULTILINE,
)
"""How NumPy's text readers, HDF5 and R put it."""

_NO_MODULE = re.compile(r"No module named '(?P<name>[\w.]{1,200})'")
_NO_NAME = re.compile(r"cannot import name '(?P<name>\w{1,200})' from '(?P<package>[\w.]{1,200})'")
_READ_ONLY = re.compile(r"Read-only file system: (?P<quote>['\"])(?P<path>[^\n]{1,500}?)(?P=quote)")
_PLACE = re.compile(r'File "(?P<file>[^"\n]{1,500})", line (?P<line>\d{1,7})')
_NETWORK = re.compile(
    r"gaierror|name resolution|Name or service not known|Network is unreachable|Could not resolve host"
    r"|Connection refused|ConnectionError|NameResolutionError|urlopen error",
)


def explained(error: StepFailed, enclosed: EnclosedStep) -> StepFailed:
    """Return an error that names the sandbox's part in a failure, or the error as it is."""
    error = _with_signal(error) if enclosed.how == "bubblewrap" else error
    tail = error.record.tail
    cause = _hidden(enclosed, tail) or _written(enclosed, tail) if enclosed.files else None
    if cause is None and enclosed.network:
        cause = _cut_off(enclosed, tail)
    code = error.record.exit_code
    if cause is None and code and not diagnose(code, tail).why:
        cause = _listed(enclosed)
    if cause is None:
        return error
    why = f"{cause.why}\n{error.why}" if error.why else cause.why
    return StepFailed(error.what, record=error.record, why=why, remedy=cause.remedy)


def looked_for(enclosed: EnclosedStep) -> tuple[str, ...]:
    """Return what a step that ended well looked for, that exists, and that it could not see."""
    if not enclosed.files:
        return ()
    found = [f"{_at(seen)}opened {path}" for seen, path in _missed(enclosed)]
    found += [f"{_at(seen)}listed {path.removesuffix('/')}" for seen, path in _emptied(enclosed)]
    return tuple(dict.fromkeys(map(escaped, found)))[:MAX_NAMED]


def _with_signal(error: StepFailed) -> StepFailed:
    """Tell a signal as such: bubblewrap gives 128 + its number."""
    number = error.record.exit_code - 128
    if not 0 < number < signal.NSIG:
        return error
    reason = f"killed by signal {number}"
    record = replace(error.record, exit_code=-number, reason=reason)
    what = error.what.replace(f"exit status {number + 128}", reason)
    return StepFailed(what, record=record, why=error.why, remedy=error.remedy)


def _hidden(enclosed: EnclosedStep, tail: str) -> Diagnosis | None:
    name = shown(enclosed.step.name)
    undeclared = {path: f"{_at(seen)}opened {shown(path)}" for seen, path in _missed(enclosed)}
    outside: dict[str, None] = {}
    for text in _named(tail):
        path, inner = _relative(enclosed, text, start=enclosed.step.cwd)
        if inner and _undeclared(enclosed, path):
            undeclared.setdefault(path, f"{_place(enclosed, tail)}opened {shown(path)}")
        elif not inner and path.startswith("/") and os.path.exists(path):
            outside[path] = None
    needed = list(undeclared)
    for module in _modules(tail):
        path = module_file(enclosed.root, import_folders(enclosed.step, enclosed.root), module)
        if path and _undeclared(enclosed, path):
            undeclared[path] = f"{_place(enclosed, tail)}imported {shown(path)}"
            imported = imported_files(
                enclosed.root, import_folders(enclosed.step, enclosed.root), [path, *enclosed.declared]
            )
            needed += [path, *(other for other in imported if _undeclared(enclosed, other))]
    if undeclared:
        first = next(iter(undeclared.values()))
        needed = list(dict.fromkeys(needed))
        more = f" and {len(needed) - MAX_NAMED} more" if len(needed) > MAX_NAMED else ""
        listed = ", ".join(f'"{escaped(path)}"' for path in needed[:MAX_NAMED])
        return Diagnosis(
            why=f"{first}, which exists but is not declared, so the sandbox hides it.",
            remedy=f"Add {listed}{more} to inputs of step {name}.",
        )
    if outside:
        first = shown(next(iter(outside)))
        return Diagnosis(
            why=f"{_place(enclosed, tail)}opened {first}, which exists but lies outside the project, "
            "so the sandbox hides it.",
            remedy="Copy it into the project, `repro pin` it and add it to `inputs`; "
            'or set files = "any" under [sandbox].',
        )
    return None


def _written(enclosed: EnclosedStep, tail: str) -> Diagnosis | None:
    matches = list(_READ_ONLY.finditer(tail))
    if not matches:
        return None
    match = matches[-1]
    path, inner = _relative(enclosed, match["path"], start=enclosed.step.cwd)
    if inner and any(within(path, declared_path) for declared_path in enclosed.declared):
        return Diagnosis(
            why=f"{_place(enclosed, tail)}wrote to {shown(path)}, which is an input; "
            "inputs are read-only in the sandbox.",
            remedy="Write to an output, or to a copy of the input.",
        )
    return Diagnosis(
        why=f"{_place(enclosed, tail)}wrote to {shown(match['path'])}, which lies outside the project; "
        "all but the project, HOME and temporary folders is read-only in the sandbox.",
        remedy='Write below the project\'s folder, or set files = "any" under [sandbox].',
    )


def _cut_off(enclosed: EnclosedStep, tail: str) -> Diagnosis | None:
    seen = next((one for one in _observations(enclosed) if one.kind is ObservationKind.NETWORK), None)
    if not _NETWORK.search(tail):
        return None
    place = _at(seen) if seen else _place(enclosed, tail)
    whom = f" ({shown(seen.detail)})" if seen and seen.detail else ""
    return Diagnosis(
        why=f"{place}tried to use the network{whom}, which the sandbox blocks.",
        remedy="Fetch the data first and pin it with `repro pin`, or set network = true under [sandbox].",
    )


def _listed(enclosed: EnclosedStep) -> Diagnosis | None:
    """Tell of folders that were listed without their files, where nothing else is known of a failure."""
    emptied = list(_emptied(enclosed)) if enclosed.files else []
    if not emptied:
        return None
    name = shown(enclosed.step.name)
    seen, path = emptied[0]
    needed = list(dict.fromkeys(escaped(path) for _, path in emptied))
    more = f" and {len(needed) - MAX_NAMED} more" if len(needed) > MAX_NAMED else ""
    listed = ", ".join(f'"{path}"' for path in needed[:MAX_NAMED])
    return Diagnosis(
        why=f"{_at(seen)}listed {escaped(path)}, which step {name} does not declare, "
        "so the sandbox hides what is in it.",
        remedy=f"Add {listed}{more} to inputs of step {name}.",
    )


def _observations(enclosed: EnclosedStep) -> Iterator[Observation]:
    for report in read_reports(enclosed.hook):
        yield from report.observations


def _missed(enclosed: EnclosedStep) -> Iterator[tuple[Observation, str]]:
    for seen in _observations(enclosed):
        if seen.kind is ObservationKind.READ and seen.missing and seen.detail:
            path, inner = _relative(enclosed, seen.detail)
            if inner and _undeclared(enclosed, path):
                yield seen, path


def _named(tail: str) -> Iterator[str]:
    for pattern in (_NO_FILE, _NO_FILE_SHELL):
        yield from (match["name"] for match in pattern.finditer(tail))
    yield from (match[match.lastgroup or 0] for match in _NOT_FOUND.finditer(tail))


def _modules(tail: str) -> Iterator[str]:
    for match in _NO_MODULE.finditer(tail):
        yield match["name"]
    for match in _NO_NAME.finditer(tail):
        yield f"{match['package']}.{match['name']}"


def _relative(enclosed: EnclosedStep, text: str, *, start: str = "") -> tuple[str, bool]:
    """Return a path relative to the project and True, or, of another place, as it is and False.

    Args:
        enclosed: the step.
        text: the path, as the hook or the step says it.
        start: folder that it starts from: the step says paths as they are in its own folder.
    """
    root = enclosed.seen_as or enclosed.root
    path = os.path.normpath(os.path.join(os.path.realpath(root), start, text))
    for folder in (str(root), os.path.realpath(root)):
        if path.startswith(f"{folder}/"):
            return path[len(folder) + 1 :], True
    return path, False


def _undeclared(enclosed: EnclosedStep, path: str) -> bool:
    if path.split("/", maxsplit=1)[0] in (".repro", ".git") or "\0" in path:
        return False
    outputs = map(normal, enclosed.step.outputs)
    is_accessible = any(
        within(path, accessible_path) for accessible_path in (*enclosed.declared, *outputs, *enclosed.own)
    )
    return not is_accessible and os.path.exists(
        enclosed.root / path
    )  # a loop of links makes Path.exists raise


def _emptied(enclosed: EnclosedStep) -> Iterator[tuple[Observation, str]]:
    """Yield listings that left out files of the project, with the folder or pattern to declare."""
    for seen in _observations(enclosed):
        if seen.kind is not ObservationKind.LISTING or not seen.detail:
            continue
        path = normal(seen.detail)
        if is_pattern(path):
            prefix = literal_prefix(path)
            plain = path.removeprefix(f"{prefix}/").count("/") == 0
            if _partly_hidden(enclosed, prefix, path if plain else f"{prefix}/*"):
                yield seen, path
        elif path != "." and _partly_hidden(enclosed, path, f"{path}/*"):
            yield seen, f"{path}/"


def _partly_hidden(enclosed: EnclosedStep, folder: str, pattern: str) -> bool:
    """Whether a folder of the project has files of a pattern that the step could not see."""
    place = enclosed.root / folder
    if folder.startswith((".", "/")) or not place.is_dir():
        return False
    names = [f"{folder}/{name}" if folder else name for name in os.listdir(place)]  # noqa: PTH208  # many
    holds = {str(parent) for path in (*enclosed.declared, *enclosed.own) for parent in Path(path).parents}
    return any(covers(pattern, name) and _undeclared(enclosed, name) and name not in holds for name in names)


def _at(seen: Observation) -> str:
    return f"{place(escaped(seen.file), seen.line)} " if seen.file else "It "


def _place(enclosed: EnclosedStep, tail: str) -> str:
    """Return the innermost line of the project in the last traceback."""
    last = "It "
    for match in _PLACE.finditer(tail):
        path, inner = _relative(enclosed, match["file"], start=enclosed.step.cwd)
        if inner and "site-packages" not in path:
            last = f"{escaped(path)}:{match['line']} "
    return last
