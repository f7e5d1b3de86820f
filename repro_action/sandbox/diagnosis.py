# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: PTH110, PTH118 -- paths are texts here: they may hold any byte, and are many
"""Says so where a step failed because of the sandbox, and what to declare."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator, Sequence
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
PROBE = "os.stat()"
"""What the hook calls a question whether a file is there."""

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

_QUOTED = re.compile(r"(?P<quote>['\"`])(?P<name>[^\n'\"`]{1,500})(?P=quote)")
_WORD = re.compile(r"(?:^|[\s(\[=:,])(?P<name>[\w.~/+@-]{3,500})")
_HAS_SUFFIX = re.compile(r"/|[^.]\.\w{1,10}$")
_LAST_LINES = 30
"""Of an output, in which a library may name a file in words of its own."""

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
    if cause is None and code and enclosed.files and not diagnose(code, tail).why:
        cause = _sought(enclosed)
    if cause is None:
        return error
    # What a step outside of a sandbox would be told, such as that there is no such file, would be wrong here.
    rest = error.why.removeprefix(diagnose(code, tail).why if code else "").lstrip("\n")
    why = f"{cause.why}\n{rest}" if rest else cause.why
    return StepFailed(
        error.what, record=error.record, why=why, remedy=cause.remedy, undeclared=cause.undeclared
    )


def declare_remedy(step: str, paths: Sequence[str]) -> str:
    """Return what to do about files of the project that a step needs and does not declare."""
    more = f" and {len(paths) - MAX_NAMED} more" if len(paths) > MAX_NAMED else ""
    listed = ", ".join(f'"{escaped(path)}"' for path in paths[:MAX_NAMED])
    return (
        f"Add {listed}{more} to inputs of step {shown(step)}. "
        "`repro verify --fix` adds what is missing and runs again."
    )


def looked_for(enclosed: EnclosedStep) -> tuple[str, ...]:
    """Return what a step that ended well looked for, that exists, and that it could not see."""
    if not enclosed.files:
        return ()
    found = [f"{_at(seen)}{_verb(seen)} {path}" for seen, path in _missed(enclosed)]
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
    undeclared, outside = _denied(enclosed, tail)
    if undeclared:
        first = next(iter(undeclared.values()))
        undeclared |= _probed(enclosed)  # not the cause of this failure, and perhaps of the next
        return Diagnosis(
            why=f"{first}, which exists but is not declared, so the sandbox hides it.",
            remedy=declare_remedy(enclosed.step.name, tuple(undeclared)),
            undeclared=tuple(undeclared),
        )
    if outside:
        first = shown(outside[0])
        return Diagnosis(
            why=f"{_place(enclosed, tail)}opened {first}, which exists but lies outside the project, "
            "so the sandbox hides it.",
            remedy="Copy it into the project, `repro pin` it and add it to `inputs`; "
            'or set files = "any" under [sandbox].',
        )
    return None


def _denied(enclosed: EnclosedStep, tail: str) -> tuple[dict[str, str], list[str]]:
    """Return what a step could not open, with what it did, and what lies outside of the project."""
    undeclared = {
        path: f"{_at(seen)}opened {shown(path)}" for seen, path in _missed(enclosed) if seen.what != PROBE
    }
    outside: dict[str, None] = {}
    for text in _named(tail):
        path, inner = _relative(enclosed, text, start=enclosed.step.cwd)
        if inner and _undeclared(enclosed, path):
            undeclared.setdefault(path, f"{_place(enclosed, tail)}opened {shown(path)}")
        elif not inner and path.startswith("/") and os.path.exists(path):
            outside[path] = None
    folders = import_folders(enclosed.step, enclosed.root)
    for module in _modules(tail):
        path = module_file(enclosed.root, folders, module)
        if path and _undeclared(enclosed, path):
            undeclared[path] = f"{_place(enclosed, tail)}imported {shown(path)}"
            for other in imported_files(enclosed.root, folders, [path, *enclosed.declared]):
                if _undeclared(enclosed, other):
                    undeclared.setdefault(other, f"{_place(enclosed, tail)}imported {shown(other)}")
    for text in _mentioned(tail):
        path, inner = _relative(enclosed, text, start=enclosed.step.cwd)
        around = any(within(declared, path) for declared in enclosed.declared)
        if inner and not around and _undeclared(enclosed, path):
            undeclared.setdefault(path, f"The error names {shown(path)}")
    return undeclared, list(outside)


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


def _sought(enclosed: EnclosedStep) -> Diagnosis | None:
    """Tell of files that were looked for in vain, and of folders listed without their files.

    Either may be harmless, so they count where nothing else is known of a failure.
    """
    found = _probed(enclosed)
    for seen, path in _emptied(enclosed):
        found.setdefault(
            path,
            f"{_at(seen)}listed {escaped(path)}, which step {shown(enclosed.step.name)} does not declare, "
            "so the sandbox hides what is in it.",
        )
    if not found:
        return None
    return Diagnosis(
        why=next(iter(found.values())),
        remedy=declare_remedy(enclosed.step.name, tuple(found)),
        undeclared=tuple(found),
    )


def _probed(enclosed: EnclosedStep) -> dict[str, str]:
    """Return what a step asked for without opening it, with what it did."""
    return {
        path: f"{_at(seen)}looked for {shown(path)}, which exists but is not declared, "
        "so the sandbox hides it."
        for seen, path in _missed(enclosed)
        if seen.what == PROBE
    }


def _verb(seen: Observation) -> str:
    return "looked for" if seen.what == PROBE else "opened"


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


def _mentioned(tail: str) -> Iterator[str]:
    """Yield what looks like a path in the last lines, in whatever words a library complains."""
    for line in tail.splitlines()[-_LAST_LINES:]:
        if _PLACE.search(line):
            continue  # a frame of a traceback, whose file was there
        for pattern in (_QUOTED, _WORD):
            for match in pattern.finditer(line):
                text = match["name"].rstrip(".,:;")
                if _HAS_SUFFIX.search(text):
                    yield text


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
