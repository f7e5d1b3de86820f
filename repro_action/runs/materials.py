# SPDX-License-Identifier: Apache-2.0
"""Collects the materials of a run, each with the digest or value that it had before the first step."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path

from repro_action.codec.tables import SUFFIXES, TableError, read_table
from repro_action.config.model import Config, Step
from repro_action.data.hash_file import digest_file
from repro_action.data.hash_folder import digest_folder
from repro_action.data.stat_cache import StatCache
from repro_action.determinism.profile import variables
from repro_action.digest import Digest, digest_bytes
from repro_action.environments.variables import looks_secret
from repro_action.fingerprint import MaterialKind, Materials
from repro_action.interpreter.environment import Environment
from repro_action.interpreter.trusted import is_of_project
from repro_action.runs.input_kinds import HEAD, is_data, programs
from repro_action.runs.plan import RunPlan
from repro_action.runs.rules import rules_of
from repro_action.tree import Scalar

OMP_LIMIT = "OMP_THREAD_LIMIT"
"""OpenMP 5.2, section 21.1.7: bounds also what a program asks for itself."""
OURSELVES = "repro-action"
"""The tool may live in the environment that it runs steps in; it is not a material of a model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Consumed:
    """Materials from files, which are sealed while a run goes on.

    Attributes:
        code: path → digest.
        data: path of the pin → digest as pinned.
        params: `FILE: KEY` → value.
        files: params files → digest, for reuse.
    """

    code: Mapping[str, Digest]
    data: Mapping[str, Digest]
    params: Mapping[str, Scalar]
    files: Mapping[str, Digest]


def knobs_of(config: Config, environment: Environment) -> Mapping[str, str]:
    """Return the variables of the determinism profile."""
    pinned = variables(
        config.determinism.profile,
        seed=config.seed,
        threads=config.determinism.threads,
        environment=environment,
    )
    cap = config.determinism.cap
    return {**pinned, OMP_LIMIT: str(cap)} if cap else pinned


def policy_of(config: Config) -> Mapping[str, str]:
    """Return the policies for unseeded randomness and threads, where they are more than usual."""
    policy, cap = config.determinism.entropy, config.determinism.cap
    return {
        **({} if policy == "record" else {"entropy": policy}),
        **({"cap_threads": str(cap)} if cap else {}),
    }


def read_files(
    config: Config, plan: RunPlan, data: Mapping[str, Digest], digest: Callable[[str], Digest]
) -> Consumed:
    """Take the digests of code and read parameters.

    Args:
        config: whose project it is.
        plan: which files the steps consume.
        data: the pinned data with their digests.
        digest: of a path of the project; while a run goes on, what the seal holds.

    Raises:
        TableError: a params file cannot be read.
        PinError: a file cannot be read.
    """
    code = {path: digest(path) for path in plan.code}
    params: dict[str, Scalar] = {}
    files: dict[str, Digest] = {}
    for path in plan.params_files:
        files[path] = digest(path)
        if path.endswith(SUFFIXES):
            if not is_of_project(config.root, config.root / path):
                raise TableError(
                    "it is a link that leads out of the project",
                    why="Parameters are shown in reports and in the baseline, by value.",
                    where=path,
                    remedy="Copy the file into the project, or declare it among the inputs.",
                )
            table = read_table((config.root / path).read_bytes(), path)
            params.update({f"{path}: {key}": value for key, value in table.items()})
        else:
            code[path] = files[path]
    return Consumed(code=code, data=data, params=params, files=files)


def digest_now(config: Config, cache: StatCache | None) -> Callable[[str], Digest]:
    """Return what digests a path of the project as it is now; a link to a folder is one entry."""

    def digest(path: str) -> Digest:
        place = config.root / path
        make = digest_folder if place.is_dir() else digest_file
        return make(place, config.digest, cache)

    return digest


def with_undeclared(
    config: Config, consumed: Consumed, undeclared: Mapping[str, Collection[str]], cache: StatCache
) -> Consumed:
    """Add files of the project that a step imported although no step declares them.

    They take part as code, so that an edit is named as the cause; the report asks to declare them.

    Args:
        config: of the project.
        consumed: what is declared.
        undeclared: step → files.
        cache: of digests.
    """
    names = sorted({path for paths in undeclared.values() for path in paths} - set(consumed.code))
    found = {name: digest_file(config.root / name, config.digest, cache) for name in names}
    return replace(consumed, code=dict(sorted({**consumed.code, **found}.items())))


def collect(
    config: Config,
    plan: RunPlan,
    consumed: Consumed,
    environment: Environment,
    variables: Mapping[str, str],
    *,
    imported: Collection[str] | None,
) -> Materials:
    """Put all materials together.

    Args:
        config: seed and profile.
        plan: the steps.
        consumed: what `read_files` returned.
        environment: interpreter and packages.
        variables: of the determinism profile.
        imported: normalized names of the distributions that count; None for all.
    """
    packages = {
        package.name: f"{package.version} record:{package.record.short}"
        if package.record
        else f"{package.version} editable"
        for package in environment.distributions
        if package.name != OURSELVES and (imported is None or package.name in imported)
    }
    return {
        **files_of(config, plan, consumed),
        MaterialKind.PARAMS: dict(consumed.params),
        MaterialKind.STEPS: {step.name: command_line(step) for step in plan.steps},
        MaterialKind.SEED: {"seed": config.seed},
        MaterialKind.DETERMINISM: {"profile": config.determinism.profile, **policy_of(config), **variables},
        MaterialKind.ENVIRONMENT: {
            "backend": environment.backend,
            "python": environment.python_version,
            "implementation": environment.implementation,
            **environment.identity,
            **_inherited(config, environment),
        },
        MaterialKind.PACKAGES: packages,
        MaterialKind.RULES: rules_of(config, plan.outputs),
    }


def files_of(config: Config, plan: RunPlan, consumed: Consumed) -> Materials:
    """Return the files among the materials, by what they hold."""
    unpinned = unpinned_data(config, plan, consumed.code)
    texts = {path: str(digest) for path, digest in consumed.code.items()}
    return {
        MaterialKind.CODE: {path: text for path, text in texts.items() if path not in unpinned},
        MaterialKind.DATA: {
            **{path: str(digest) for path, digest in consumed.data.items()},
            **{path: text for path, text in texts.items() if path in unpinned},
        },
    }


def unpinned_data(config: Config, plan: RunPlan, paths: Iterable[str]) -> frozenset[str]:
    """Return those of the inputs that hold data although no pin names them, such as `data.csv`.

    Args:
        config: the project.
        plan: its steps.
        paths: inputs, relative to the project.
    """
    commands = [step.in_project(word) for step in plan.steps for word in programs(step.run)]
    return frozenset(path for path in paths if path not in commands and _holds_data(config.root / path, path))


def _holds_data(place: Path, path: str) -> bool:
    try:
        if place.is_dir():  # a link to a folder is one material
            return not any(entry.suffix in {".py", ".r", ".R", ".jl", ".sh"} for entry in place.iterdir())
        with place.open("rb") as file:
            head = file.read(HEAD)
            return is_data(path, head, size=os.fstat(file.fileno()).st_size)
    except OSError:
        return False


def _inherited(config: Config, environment: Environment) -> dict[str, str]:
    """Digest the variables that the configuration lets in; values may be paths or private.

    What looks like a secret is left out: it changes without meaning, and even a digest of a
    short one could be guessed.
    """
    return {
        name: str(digest_bytes("sha256", value.encode("utf-8", "surrogateescape")))
        for name, value in environment.variables.items()
        if any(fnmatchcase(name, glob) for glob in config.environment.inherit) and not looks_secret(name)
    }


def command_line(step: Step) -> str:
    """Return a step's declaration as one line: variables, command, outputs."""
    variables = [f"{name}={shlex.quote(value)}" for name, value in sorted(step.env.items())]
    folder = ["cd", shlex.quote(step.cwd), "&&"] if step.cwd else []
    return " ".join([*folder, *variables, shlex.join(step.run), "→", *map(shlex.quote, sorted(step.outputs))])
