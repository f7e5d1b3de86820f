# SPDX-License-Identifier: Apache-2.0
"""Which scripts of a repository might train, likeliest first, and what each reads and writes."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from repro_action.init.accesses import Access, accesses, downloads
from repro_action.init.commands import Command, makefile_commands, plain_command, required_by
from repro_action.init.evaluate import Evaluator
from repro_action.init.program import Program, link
from repro_action.init.source import Source, read_source
from repro_action.init.walk import read_text

MAX_SCRIPTS = 60
"""Scripts that are analysed, those with the likeliest names first; the rest is left out."""

MAX_MODULES = 600
"""Local modules of all scripts together, each counted as often as a script imports it."""

MAX_SOURCE = 4 << 20
"""Characters of source that are parsed, all modules together."""

_LEARNING = {
    *(
        "sklearn",
        "torch",
        "tensorflow",
        "keras",
        "xgboost",
        "lightgbm",
        "catboost",
        "jax",
        "flax",
        "statsmodels",
    ),
    *("lightning", "pytorch_lightning", "transformers", "prophet", "spacy", "fastai", "skops", "gensim"),
}
_NAMES = {"train": 50, "fit": 40, "training": 45, "model": 15, "run": 15, "main": 15, "pipeline": 20}
_ASIDE = {"tests", "test", "docs", "doc", "notebooks", "examples", "benchmarks", "migrations"}
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
    """

    path: str
    score: int
    command: Command
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


def is_model(path: str) -> bool:
    """Whether a file is a model, by its suffix."""
    return PurePosixPath(path).suffix.lower() in _MODELS


def find_scripts(root: Path, files: tuple[str, ...]) -> tuple[Script, ...]:
    """Return the scripts that might train, likeliest first."""
    finder = _Finder(root=root, files=frozenset(files), makefile=makefile_commands(_makefile(root)))
    named = sorted((path for path in files if _is_candidate(path)), key=lambda path: (-_named(path), path))
    found = [finder.script(path) for path in named[:MAX_SCRIPTS]]
    imported = {module for script in found if script for module in script.modules if module != script.path}
    ranked = [script for script in found if script is not None]
    return tuple(
        sorted(ranked, key=lambda script: (-script.score + 60 * (script.path in imported), script.path))
    )


def _makefile(root: Path) -> str:
    return read_text(root / "Makefile") or read_text(root / "makefile") or ""


def _is_candidate(path: str) -> bool:
    held = PurePosixPath(path)
    return (
        held.suffix == ".py"
        and held.name not in _NOT_SCRIPTS
        and not held.name.startswith("test_")
        and not held.stem.endswith("_test")
    )


def _named(path: str) -> int:
    """Score a script by its name and place alone."""
    held = PurePosixPath(path)
    words = set(held.stem.lower().replace("-", "_").split("_"))
    score = max((points for word, points in _NAMES.items() if word in words), default=0)
    aside = 40 if _ASIDE & set(held.parts[:-1]) else 0
    return score - aside - 3 * (len(held.parts) - 1)


@dataclass(slots=True)
class _Finder:
    root: Path
    files: frozenset[str]
    makefile: Mapping[str, Command]
    modules: int = 0
    parsed: int = 0
    read: dict[tuple[str, bool], Source | None] = field(default_factory=dict)

    def source(self, path: str, entry: bool) -> Source | None:
        if (path, entry) not in self.read:
            wanted = path in self.files and (entry or self.parsed < MAX_SOURCE)
            text = read_text(self.root / path) if wanted else None
            self.parsed += len(text or "")
            self.read[path, entry] = None if text is None else read_source(path, text, entry=entry)
        return self.read[path, entry]

    def script(self, path: str) -> Script | None:
        if self.modules > MAX_MODULES:
            return None
        program = link(path, self.source, lambda name: name in self.files)
        if program is None or not (program.source.main or program.source.acts):
            return None
        self.modules += len(program.sources)
        command, roots = self.command(program)
        evaluator = Evaluator(program=program, arguments=command.arguments)
        held = sorted(set(accesses(evaluator)))
        writes = tuple(item for item in held if item.mode == "write")
        learns = tuple(sorted(program.libraries & _LEARNING))
        return Script(
            path=path,
            score=_score(program, writes, learns, said=command.name if command.said_by else None),
            command=command,
            reads=tuple(item for item in held if item.mode == "read"),
            writes=writes,
            modules=tuple(sorted(program.sources)),
            roots=roots,
            learns=learns,
            fetches=tuple(sorted(set(downloads(evaluator)))),
            required=required_by(program.source.required, command),
            seed=_seed(program),
            keys=frozenset(key for source in program.sources.values() for key in source.keys),
            tables=frozenset(name for source in program.sources.values() for name in source.tables),
        )

    def command(self, program: Program) -> tuple[Command, tuple[str, ...]]:
        packages = {str(PurePosixPath(name).parent) for name in self.files if name.endswith("__init__.py")}
        argv, root = plain_command(program.entry, packages, relative=program.relative)
        said = self.makefile.get(program.entry)
        module = (said.argv if said else argv)[1:2] == ("-m",)
        roots = {*program.roots, *([root] if root else [])}
        if module:
            roots.discard(".")  # python -m puts the current folder on the path by itself
        return said or Command(argv=argv), tuple(sorted(roots))


def _score(program: Program, writes: tuple[Access, ...], learns: tuple[str, ...], *, said: str | None) -> int:
    mentions = {name for scope in program.reachable() for name in scope.mentions}
    return (
        _named(program.entry)
        + 30 * bool(learns)
        + 25 * any(is_model(item.path) for item in writes)
        + 20 * bool({"fit", "backward", "fit_transform"} & mentions)
        + 10 * bool(writes)
        + 5 * program.source.main
        + (
            0
            if said is None
            else 20 + max((points for word, points in _NAMES.items() if word in said), default=0)
        )
    )


def _seed(program: Program) -> int | None:
    """Return the seed that the source names most often: `random_state=42`, `np.random.seed(42)`."""
    held = [
        number
        for source in program.sources.values()
        for name, number in source.constants
        if name.lower() in {"seed", "random_state", "random_seed"}
    ]
    for source in program.sources.values():
        for scope in source.scopes:
            for call in scope.calls:
                name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
                if name in {"seed", "manual_seed", "default_rng", "set_seed", "seed_everything"}:
                    held += [
                        item.value
                        for item in call.args[:1]
                        if isinstance(item, ast.Constant) and isinstance(item.value, int)
                    ]
        held += [
            bound.node.value
            for name in ("seed", "random_state", "random_seed")
            for bound in source.attributes.get(name, ())
            if isinstance(bound.node, ast.Constant) and isinstance(bound.node.value, int)
        ]
    common = Counter(number for number in held if not isinstance(number, bool) and 0 <= number < 1 << 32)
    return min(common, key=lambda number: (-common[number], number)) if common else None
