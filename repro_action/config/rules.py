# SPDX-License-Identifier: Apache-2.0
"""What a JSON Schema cannot say about a configuration.

`own_problems` looks at each value by itself and accepts anything that TOML can hold.
`relation_problems` holds the tables against each other, so it wants what the schema admits.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from repro_action.codec.tables import SUFFIXES
from repro_action.config.backends import AVAILABLE, BACKENDS, FOREIGN, readers_of
from repro_action.config.model import NOTEBOOK, Config, EnvironmentConfig
from repro_action.config.problems import Problem, dotted, nearest, shown
from repro_action.config.sources import SourceProblem, parse_source
from repro_action.paths.names import control, normal, refusal
from repro_action.paths.patterns import covers, is_pattern, within

if TYPE_CHECKING:
    from repro_action.config.positions import KeyPath

_MAGIC = "*?["
_PATHS: tuple[tuple[KeyPath, str], ...] = (
    (("environment", "lock"), _MAGIC),
    (("data", "*", "path"), ""),
    (("steps", "*", "cwd"), ""),
    (("steps", "*", "inputs", "*"), ""),
    (("steps", "*", "params", "*"), _MAGIC),
    (("steps", "*", "outputs", "*"), _MAGIC),
    (("steps", "*", "stdout"), _MAGIC),
    (("search", "*", "best"), _MAGIC),
    (("evidence", "keys", "*"), _MAGIC),
)
"""Where paths stand, and which characters may not stand in them."""
_PROSE: tuple[KeyPath, ...] = (
    *(("steps", "*", "run", "*"), ("steps", "*", "env", "*")),
    ("search", "*", "trial", "*"),
)

_BY_PATH = {"metrics": _MAGIC, "artifacts": "", "search": _MAGIC, "predictions": _MAGIC}
"""Tables whose keys are paths, which have their own check, and what may not stand in them."""
_NAMED_BY_PATH: frozenset[KeyPath] = frozenset((table,) for table in _BY_PATH)
_PLACEHOLDER = re.compile(r"\{(?!params\}|number\}|params\.[^{}]+\})([^{}]*)\}")
"""What looks like a placeholder of a trial's command, and is none."""


def own_problems(raw: Mapping[str, object]) -> Iterator[Problem]:
    """Yield what is wrong with single values: paths, control characters, numbers, lost rules."""
    for pattern, wildcards in _PATHS:
        for path, value in select(raw, pattern):
            if isinstance(value, str) and not (value == "" and pattern == ("environment", "lock")):
                yield from _path(path, value, wildcards)
    for table, wildcards in _BY_PATH.items():
        for path, _ in select(raw, (table, "*")):
            yield from _path(path, str(path[-1]), wildcards)
    yield from _sources(raw)
    yield from _notebooks(raw)
    yield from _same_file(raw)
    yield from _params(raw)
    yield from _texts(raw, ())
    yield from _numbers(raw, ())
    yield from _goals(raw)


def _sources(raw: Mapping[str, object]) -> Iterator[Problem]:
    """Refuse addresses that nothing can be fetched from, and those of folders."""
    for path, entry in select(raw, ("data", "*")):
        source = entry.get("source") if isinstance(entry, Mapping) else None
        if not isinstance(entry, Mapping) or not isinstance(source, str):
            continue
        try:
            parse_source(source)
        except SourceProblem as problem:
            yield Problem(path=(*path, "source"), what=problem.what, remedy=problem.remedy)
        if str(entry.get("digest", "")).startswith(("tree1-", "md5-dvc")):
            yield Problem(
                path=(*path, "source"),
                what="an address names one file, and the digest is that of a folder",
                remedy="Name the files one by one, or fetch the folder by a step.",
            )


def relation_problems(config: Config) -> Iterator[Problem]:
    """Yield what the tables of a configuration contradict each other in."""
    yield from _environment(config.environment)
    yield from _twice(config)
    yield from _printed(config)
    yield from _searches(config)
    outputs = [output for step in config.steps for output in step.outputs]
    for file in config.metrics:
        if not any(within(file, output) for output in outputs):
            yield Problem(
                path=("metrics", file),
                what="no step outputs this metrics file",
                remedy="Add it to `outputs` of the step that writes it." + nearest(file, outputs),
            )
    products = [output for output in outputs if output not in config.metrics]
    for rule in config.artifacts:
        if not any(covers(rule.glob, product) for product in products):
            yield Problem(
                path=("artifacts", rule.glob),
                what="no output matches this rule, so it would have no effect",
                remedy=_matching(rule.glob) + nearest(rule.glob, products),
            )


def _printed(config: Config) -> Iterator[Problem]:
    outputs = [output for step in config.steps for output in step.outputs]
    for number, step in enumerate(config.steps):
        path: KeyPath = ("steps", number, "stdout")
        around = next((one for one in outputs if one != step.stdout and within(step.stdout, one)), None)
        if step.stdout and around is not None:
            yield Problem(
                path=path,
                what=f"{shown(step.stdout)} is inside the output {shown(around)}, which is read as a whole",
                remedy="Name a file outside of it.",
            )
        if step.stdout in config.metrics:
            yield Problem(
                path=path,
                what=f"{shown(step.stdout)} is a metrics file, so what the step prints cannot be "
                "written there",
                remedy="Name another file.",
            )


def _searches(config: Config) -> Iterator[Problem]:
    names = [step.name for step in config.steps]
    for search in config.searches:
        writes = any(within(search.path, output) for step in config.steps for output in step.outputs)
        path: KeyPath = ("search", search.path)
        if search.step and search.step not in names:
            yield Problem(
                path=(*path, "step"),
                what=f"there is no step {shown(search.step)}",
                remedy=f"Name one of {', '.join(map(shown, names))}." + nearest(search.step, names),
            )
        elif not search.step and not writes and len(names) > 1:
            yield Problem(
                path=path,
                what="no step outputs this record, so it is unknown where its trials are trained again",
                remedy="Add it to `outputs` of the step that writes it, or name a `step`."
                + nearest(search.path, [output for step in config.steps for output in step.outputs]),
            )
        if search.trial and search.objective:
            yield Problem(
                path=(*path, "trial"), what="a trial is trained by `trial` or by `objective`, not by both"
            )
        for index, word in enumerate(search.trial):
            for found in _PLACEHOLDER.finditer(word):
                yield Problem(
                    path=(*path, "trial", index),
                    what=f"{shown(found[0])} is not a placeholder of a trial's command",
                    remedy="There are {params}, {params.NAME} and {number}."
                    + nearest(found[1], ["params", "number"]),
                )


def _matching(glob: str) -> str:
    if is_pattern(glob) and not glob.startswith("**/"):
        return f"`*` stays inside one name; {shown(f'**/{glob}')} matches in any folder."
    return "Write the pattern the way the outputs are written."


def select(raw: object, pattern: KeyPath, path: KeyPath = ()) -> Iterator[tuple[KeyPath, object]]:
    """Yield every value at a path in which `*` stands for any key or index."""
    if not pattern:
        yield path, raw
        return
    for part, child in _children(raw):
        if pattern[0] in {"*", part}:
            yield from select(child, pattern[1:], (*path, part))


def _children(raw: object) -> Iterator[tuple[str | int, object]]:
    if isinstance(raw, Mapping):
        yield from ((str(name), value) for name, value in raw.items())
    elif isinstance(raw, Sequence) and not isinstance(raw, str | bytes):
        yield from enumerate(raw)


def _path(path: KeyPath, text: str, wildcards: str) -> Iterator[Problem]:
    found = refusal(text, wildcards=wildcards)
    if found is not None:
        yield Problem(path=path, what=f"{found[0]}: {shown(text)}", remedy=_printable(found[1]))


def _printable(remedy: str) -> str:
    return remedy if remedy.isprintable() else ascii(remedy)[1:-1]


def _same_file(raw: Mapping[str, object]) -> Iterator[Problem]:
    for table in _BY_PATH:
        seen: dict[str, str] = {}
        for path, _ in select(raw, (table, "*")):
            name = str(path[-1])
            if seen.setdefault(normal(name), name) != name:
                first = shown(seen[normal(name)])
                yield Problem(path=path, what=f"{shown(name)} is used twice; it is already {first}")


def _params(raw: Mapping[str, object]) -> Iterator[Problem]:
    files = [*select(raw, ("steps", "*", "params", "*"))]
    files += [(path, path[-1]) for path, _ in select(raw, ("metrics", "*"))]
    for path, value in files:
        if isinstance(value, str) and PurePosixPath(value).suffix.lower() not in SUFFIXES:
            yield Problem(
                path=path,
                what=f"{shown(value)} is not read as a table of values",
                remedy=f"Use a file that ends in one of {', '.join(SUFFIXES)}.",
            )


def _notebooks(raw: Mapping[str, object]) -> Iterator[Problem]:
    """Look at the commands that execute a notebook: it and its executed copy are files of the project."""
    for path, value in select(raw, ("steps", "*", "run")):
        if not isinstance(value, list) or value[:1] != [NOTEBOOK]:
            continue
        files = [one for one in value[1:] if isinstance(one, str)]
        if len(files) not in {1, 2} or not all(one.endswith(".ipynb") for one in files):
            yield Problem(
                path=path,
                what="expected a notebook, and the name of its executed copy if there is to be one",
                remedy='Write run = ["notebook", "a.ipynb", "out/a.ipynb"]; parameters are in `params`.',
            )
            continue
        for number, file in enumerate(files, start=1):
            yield from _path((*path, number), file, _MAGIC)


def _texts(raw: object, path: KeyPath) -> Iterator[Problem]:
    """Refuse control characters in keys and texts; paths have their own check."""
    if isinstance(raw, str):
        if raw.isprintable():  # nearly always, and then there is nothing to look for
            return
        prose = any(_fits(path, pattern) for pattern in _PROSE)
        is_path = any(_fits(path, pattern) for pattern, _ in _PATHS)
        found = None if is_path else control(raw, allowed="\n\t" if prose else "")
        if found is not None:
            yield Problem(path=path, what=f"the string contains the control character {found!a}")
        return
    for part, child in _children(raw):
        if isinstance(part, str) and control(part) is not None and path not in _NAMED_BY_PATH:
            yield Problem(path=(*path, part), what="the key contains a control character")
        yield from _texts(child, (*path, part))


def _fits(path: KeyPath, pattern: KeyPath) -> bool:
    return len(path) == len(pattern) and all(
        want in {"*", part} for part, want in zip(path, pattern, strict=True)
    )


def _numbers(raw: object, path: KeyPath) -> Iterator[Problem]:
    if isinstance(raw, int | float):
        try:
            finite = math.isfinite(raw)
        except OverflowError:
            finite = False
        if not finite:
            yield Problem(path=path, what="expected a finite number")
    for part, child in _children(raw):
        yield from _numbers(child, (*path, part))


def _goals(raw: Mapping[str, object]) -> Iterator[Problem]:
    for path, rule in select(raw, ("metrics", "*", "*")):
        if isinstance(rule, Mapping) and "max_worsening" in rule and "goal" not in rule:
            yield Problem(
                path=(*path, "max_worsening"),
                what="without `goal` it is unknown which direction is worse",
                remedy='Add goal = "max" or goal = "min".',
            )


def _environment(environment: EnvironmentConfig) -> Iterator[Problem]:
    backend = environment.backend
    given = {
        "lock": environment.lock,
        "python": environment.python,
        "flake": environment.flake,
        "image": environment.image,
        "allow-source-builds": environment.allow_source_builds,
    }
    for name, text in given.items():
        users = readers_of(name)
        # What another package's backend reads is for that package to say.
        if text and backend not in users and not FOREIGN.fullmatch(backend):
            yield Problem(
                path=("environment", name),
                what=f"the backend `{backend}` does not read `{name}`",
                remedy=_readers(users),
            )
    for entry in BACKENDS:
        if entry.name == backend and entry.needs and not given[entry.needs]:
            what, remedy = entry.needed
            yield Problem(
                path=("environment", "backend"),
                what=f"the backend `{backend}` needs `{entry.needs}`, {what}",
                remedy=remedy,
            )
    if backend == "container" and not _by_digest(environment.image):
        yield Problem(
            path=("environment", "image" if environment.image else "backend"),
            what="the backend `container` needs `image` by digest; a tag can move",
            remedy="Write it as NAME@sha256:….",
        )


def _readers(users: Sequence[str]) -> str:
    built = [f"`{user}`" for user in users if user in AVAILABLE]
    if not built:
        return f"Remove it: the backend {users[0]}, which would read it, is not built yet."
    return f"Remove it, or choose the backend {' or '.join(built)}."


def _by_digest(image: str) -> bool:
    name, _, value = image.partition("@sha256:")
    return bool(name) and len(value) == 64 and set(value) <= set("0123456789abcdef")


def _twice(config: Config) -> Iterator[Problem]:
    named: list[tuple[KeyPath, str, str]] = [
        (("data", number, "path"), "data", path)
        for number, path in enumerate(
            [*(pin.path for pin in config.data), *(data.path for data in config.unpinned)]
        )
    ]
    for number, step in enumerate(config.steps):
        named.append((("steps", number, "name"), "step", step.name))
        named += [
            (("steps", number, "outputs", index), "output", output)
            for index, output in enumerate(step.outputs)
        ]
    seen: dict[tuple[str, str], KeyPath] = {}
    for path, kind, name in named:
        first = seen.setdefault((kind, name), path)
        if first != path:
            yield Problem(path=path, what=f"{shown(name)} is used twice; it is already {dotted(first)}")
