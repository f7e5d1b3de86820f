# SPDX-License-Identifier: Apache-2.0
"""What fixes a project's packages, in its folder or above it in the repository, and how to use it."""

from __future__ import annotations

from pathlib import PurePosixPath

from repro_action.config.write import text
from repro_action.init.survey import LOCKED, Survey, is_hashed

_NOTHING = "Nothing in the repository fixes the packages; `current` takes those that are installed."
_CONDA = "Conda environments are not built; run `repro` inside the activated one, or lock with hashes."
_FLAKE = 'There is a {path}: set backend = "nix" and flake = "{folder}#default" if its shell provides Python.'
_UV = (
    "{path} fixes the environment: run `uv export --format requirements-txt -o requirements.lock`, "
    'then set backend = "venv" and lock = "requirements.lock".'
)
_ABOVE = (
    "{path} has hashes, but is in a folder above the project: copy it here as requirements.lock, "
    'then set backend = "venv" and lock = "requirements.lock".'
)
_LOOSE = (
    "{path} has no hashes, so it may mean other packages tomorrow: `pip install pip-tools`, then "
    "`pip-compile --generate-hashes {path} -o requirements.lock` (or `uv pip compile` with the same "
    'arguments), then set backend = "venv" and lock = "requirements.lock".'
)


def environment(survey: Survey) -> tuple[list[str], str]:
    """Return the lines below `[environment]`, and a note on what is missing; empty where nothing is."""
    if survey.locks:
        return ['backend = "venv"', f"lock = {text(survey.locks[0])}"], ""
    return ['backend = "current"          # the environment that `repro` is started in'], _note(survey)


def _note(survey: Survey) -> str:
    own = [name for name in LOCKED if survey.has(name)]
    path = next(iter((*own, *survey.requirements, *survey.above)), "")
    match PurePosixPath(path).name:
        case "":
            return _NOTHING
        case "uv.lock":
            return _UV.format(path=path)
        case "flake.nix":
            return _FLAKE.format(path=path, folder=PurePosixPath(path).parent)
        case "environment.yml" | "environment.yaml":
            return _CONDA
    return (_ABOVE if is_hashed(survey.root, path) else _LOOSE).format(path=path)
