# SPDX-License-Identifier: Apache-2.0
"""Which scripts of a repository might train, likeliest first, and what each reads and writes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from repro_action.init.commands import (
    ScriptCommand,
    entry_scripts,
    makefile_commands,
    mlproject_commands,
    plain_command,
    required_by,
    shell_commands,
)
from repro_action.init.script_facts import (
    does_something,
    has_main,
    hydra_config,
    likely_seed,
    literal_keys,
    named_files,
    named_tables,
    prints,
    serves,
)
from repro_action.init.settings import settings_of
from repro_action.init.walk import read_text
from repro_action.paths.patterns import within
from repro_action.pyanalysis.accesses import Access, Mode, accesses, downloads
from repro_action.pyanalysis.link import link
from repro_action.pyanalysis.module import SourceModule
from repro_action.pyanalysis.options import required_options
from repro_action.pyanalysis.parse import read_module
from repro_action.pyanalysis.path_values import PathEvaluator
from repro_action.pyanalysis.program import SourceProgram

MAX_SCRIPTS = 60
"""Scripts that are analysed, those with the likeliest names first; the rest is left out."""

MAX_SHELL = 40
"""Shell scripts that are read for how they run Python."""

MAX_MODULES = 600
"""Local modules of all scripts together, each counted as often as a script imports it."""

MAX_SOURCE = 4 << 20
"""Characters of source that are parsed, all modules together."""

MAX_SCRIPT = 1 << 18
"""Characters of one file; what is longer was written by a program."""

_LEARNING = {
    *("sklearn", "torch", "tensorflow", "keras", "xgboost", "lightgbm", "catboost", "jax", "flax"),
    *("statsmodels", "lightning", "pytorch_lightning", "transformers", "prophet", "spacy", "fastai"),
    *("skops", "gensim"),
}
_NAMES = {"train": 50, "fit": 40, "training": 45, "model": 15, "run": 15, "main": 15, "pipeline": 20}
_UNLIKELY_FOLDERS = {"tests", "test", "docs", "doc", "notebooks", "examples", "benchmarks", "migrations"}
_NOT_SCRIPTS = {"setup.py", "conftest.py", "noxfile.py", "fabfile.py", "__init__.py", "tasks.py"}
_MODELS = {".joblib", ".pkl", ".pickle", ".pt", ".pth", ".safetensors", ".onnx", ".keras", ".h5", ".skops"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """One script that might train.

    Attributes:
        path: relative to the project.
        score: the higher, the likelier.
        command: how it is run.
        reads: files and folders that it reads, as far as the source tells.
        writes: the same for those that it writes.
        modules: its local modules, itself included.
        roots: folders that its imports need on the module path.
        learns: libraries of machine learning that it uses.
        fetches: calls that need the network: `(name, file, line)`.
        required: command-line arguments without which it does not start.
        seed: the seed that its source names most often.
        keys: literal keys of its dictionaries; metrics are among them.
        tables: literal texts that name a TOML, JSON or YAML file.
        prints: whether it prints something to standard output.
        serves: whether it answers requests or schedules others, rather than trains.
        hydra: folder of its configuration, relative to the project, and the name of the main file there,
            where Hydra starts it; None for other scripts.
        named: files that are no code and whose path is a literal text in it, however it is used.
    """

    path: str
    score: int
    command: ScriptCommand
    reads: tuple[Access, ...] = ()
    writes: tuple[Access, ...] = ()
    modules: tuple[str, ...] = ()
    roots: tuple[str, ...] = ()
    learns: tuple[str, ...] = ()
    fetches: tuple[tuple[str, str, int], ...] = ()
    required: tuple[str, ...] = ()
    seed: int | None = None
    keys: frozenset[str] = frozenset()
    tables: frozenset[str] = frozenset()
    prints: bool = False
    serves: bool = False
    hydra: tuple[str, str] | None = None
    named: tuple[str, ...] = ()


def is_model(path: str) -> bool:
    """Whether a file is a model, by its suffix."""
    return PurePosixPath(path).suffix.lower() in _MODELS


def find_scripts(root: Path, files: tuple[str, ...], chosen: tuple[str, ...] = ()) -> tuple[Script, ...]:
    """Return the scripts that might train, those that were chosen first, then the likeliest.

    Servers are among them, and say so.
    """
    finder = _Finder(
        root=root,
        files=frozenset(files),
        written=written_commands(root, files),
        entries=entry_scripts(read_text(root / "pyproject.toml") or "", files),
    )
    named = sorted((path for path in files if _is_candidate(path)), key=lambda path: (-_named(path), path))
    named = [*chosen, *(path for path in named if path not in chosen)]
    found = [finder.script(path) for path in named[:MAX_SCRIPTS]]
    imported = {module for script in found if script for module in script.modules if module != script.path}
    ranked = [script for script in found if script is not None]
    paths = {script.path for script in ranked}
    ranked = [replace(script, writes=_own_writes(script, paths)) for script in ranked]
    return tuple(
        sorted(
            ranked,
            key=lambda script: (
                script.path not in chosen,
                -script.score + 60 * (script.path in imported),
                script.path,
            ),
        )
    )


def _own_writes(script: Script, scripts: set[str]) -> tuple[Access, ...]:
    """Return what a script writes, without what another script, which it imports, makes for it to read."""

    def is_made_for_it(item: Access) -> bool:
        reads = (one for one in script.reads if one.path)
        return any(one.path == item.path or (one.folder and within(item.path, one.path)) for one in reads)

    return tuple(
        item
        for item in script.writes
        if item.module == script.path or item.module not in scripts or not is_made_for_it(item)
    )


def written_commands(root: Path, files: tuple[str, ...]) -> Mapping[str, ScriptCommand]:
    """Return how files of a project run Python, by the script; MLproject and the Makefile say it best."""
    shell = [path for path in files if path.endswith(".sh") and path.count("/") < 3][:MAX_SHELL]
    found = dict(mlproject_commands(read_text(root / "MLproject") or ""))
    others = [makefile_commands(read_text(root / "Makefile") or read_text(root / "makefile") or "")]
    others += [shell_commands(path, read_text(root / path) or "") for path in shell]
    for commands in others:
        for script, command in commands.items():
            found.setdefault(script, command)
    return found


def _is_candidate(path: str) -> bool:
    script = PurePosixPath(path)
    return (
        script.suffix == ".py"
        and script.name not in _NOT_SCRIPTS
        and not script.name.startswith("test_")
        and not script.stem.endswith("_test")
        and "{{" not in path  # of a template, which is no project yet
    )


def _named(path: str) -> int:
    """Score a script by its name and place alone."""
    script = PurePosixPath(path)
    words = set(script.stem.lower().replace("-", "_").split("_"))
    score = max((points for word, points in _NAMES.items() if word in words), default=0)
    malus = 40 if _UNLIKELY_FOLDERS & set(script.parts[:-1]) else 0
    return score - malus - 3 * (len(script.parts) - 1)


@dataclass(slots=True)
class _Finder:
    root: Path
    files: frozenset[str]
    written: Mapping[str, ScriptCommand]
    entries: frozenset[str] = frozenset()
    modules: int = 0
    parsed: int = 0
    read: dict[tuple[str, bool], SourceModule | None] = field(default_factory=dict)

    def source(self, path: str, entry: bool) -> SourceModule | None:
        if (path, entry) not in self.read:
            wanted = path in self.files and (entry or self.parsed < MAX_SOURCE)
            text = read_text(self.root / path) if wanted else None
            self.parsed += len(text or "")
            useful = text is not None and len(text) <= MAX_SCRIPT
            self.read[path, entry] = read_module(path, text or "", entry=entry) if useful else None
        return self.read[path, entry]

    def script(self, path: str) -> Script | None:
        if self.modules > MAX_MODULES:
            return None
        program = link(path, self.source, lambda name: name in self.files)
        if program is None or not (has_main(program.script) or does_something(program.script)):
            return None
        self.modules += len(program.modules)
        command, roots = self.command(program)
        command, found = self.placed(program, command)
        read = {item.path for item in found if item.mode == "read"}
        # A helper that opens what it is given may seem to write what it only reads.
        writes = tuple(
            item
            for item in found
            if item.mode == "write"
            and not (item.several and item.path in read and (self.root / item.path).exists())
        )
        learns = tuple(sorted(program.libraries & _LEARNING))
        fetches = tuple(sorted(set(downloads(program))))
        return Script(
            path=path,
            score=_score(program, writes, learns, target=command.name if command.source else None)
            + 20 * (path in self.entries)
            + 10 * bool(self.found(found))
            - 15 * bool(fetches),
            command=command,
            reads=tuple(item for item in found if item.mode == "read"),
            writes=writes,
            modules=tuple(sorted(program.modules)),
            roots=roots,
            learns=learns,
            fetches=fetches,
            required=required_by(required_options(program.script), command),
            seed=likely_seed(program),
            keys=literal_keys(program),
            tables=named_tables(program),
            prints=prints(program),
            serves=serves(program, learns=bool(learns)),
            hydra=hydra_config(program.script),
            named=named_files(program, self.files, command.cwd),
        )

    def placed(self, program: SourceProgram, command: ScriptCommand) -> tuple[ScriptCommand, list[Access]]:
        """Return a command with the folder that it runs in, and what the script reads and writes from there.

        Where nobody wrote the command down, the folder is the one in which more of what the script reads,
        or else of what it writes and an earlier run left, is found: the project's, or the script's own.
        """
        own = str(PurePosixPath(program.entry).parent)
        there = replace(command, argv=("python", PurePosixPath(program.entry).name), cwd=own)
        plain = not command.source and own != "." and command.argv == ("python", program.entry)
        tried: list[tuple[ScriptCommand, list[Access]]] = []
        for place in (command, there) if plain else (command,):
            settings = settings_of(self.root, self.files, program, place)
            evaluator = PathEvaluator(
                program=program, arguments=place.arguments, cwd=place.cwd, settings=settings
            )
            tried.append((place, sorted(set(accesses(evaluator)))))
        return max(tried, key=lambda one: self._fit(one[1]))  # of two alike, the first: the project's folder

    def _fit(self, found: list[Access]) -> tuple[int, int, int]:
        outside = sum(item.path.startswith("..") for item in found)
        return self.found(found), self.found(found, "write"), -outside

    def found(self, accesses: list[Access], mode: Mode = "read") -> int:
        """Count the reads, or the writes, of what is there."""
        paths = {item.path for item in accesses if item.mode == mode and item.path not in {"", "."}}
        return sum((self.root / path).exists() for path in paths if not path.startswith(("..", "/")))

    def command(self, program: SourceProgram) -> tuple[ScriptCommand, tuple[str, ...]]:
        packages = {str(PurePosixPath(name).parent) for name in self.files if name.endswith("__init__.py")}
        argv, root = plain_command(program.entry, packages, relative=program.relative)
        written = self.written.get(program.entry)
        module = (written.argv if written else argv)[1:2] == ("-m",)
        roots = {*program.roots, *([root] if root else [])}
        if module:
            roots.discard(".")  # python -m puts the current folder on the path by itself
        return written or ScriptCommand(argv=argv), tuple(sorted(roots))


def _score(
    program: SourceProgram, writes: tuple[Access, ...], learns: tuple[str, ...], *, target: str | None
) -> int:
    mentions = {name for module, frame in program.reachable for name in module.mentions.get(frame, ())}
    score = (
        _named(program.entry)
        + 30 * bool(learns)
        + 25 * any(is_model(item.path) for item in writes)
        + 20 * bool({"fit", "backward", "fit_transform"} & mentions)
        + 10 * bool(writes)
        + 5 * has_main(program.script)
    )
    if target is None:
        return score
    return score + 20 + max((points for word, points in _NAMES.items() if word in target), default=0)
