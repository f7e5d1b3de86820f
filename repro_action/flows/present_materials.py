# SPDX-License-Identifier: Apache-2.0
"""The present materials against those of a fingerprint, without training."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from repro_action.compare.changed_materials import compare_materials
from repro_action.compare.materials import MaterialDifference
from repro_action.config.model import Config
from repro_action.data.hash_file import digest_file
from repro_action.data.hash_folder import content_algorithm, digest_folder, folder_algorithm
from repro_action.data.stat_cache import StatCache
from repro_action.digest import Digest
from repro_action.environments.backend import EnvironmentBackend
from repro_action.fingerprint import UNVOUCHED, Fingerprint, FoldedValues, MaterialKind
from repro_action.folded_values import ONE_BY_ONE, names_of
from repro_action.interpreter.environment import Environment
from repro_action.runs.materials import collect, digest_now, files_of, knobs_of, read_files, with_undeclared
from repro_action.runs.plan import make_plan
from repro_action.runs.project import Project
from repro_action.runs.rules import rules_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Now:
    """The present materials against a fingerprint's.

    Attributes:
        differences: materials that differ.
        environment: None where it is not built; then packages are not compared.
    """

    differences: tuple[MaterialDifference, ...]
    environment: Environment | None


def compare_now(project: Project, backend: EnvironmentBackend, accepted: Fingerprint) -> Now:
    """Compare the present materials with those of a fingerprint."""
    environment = backend.peek(project.config)
    return Now(differences=compare_with(project, environment, accepted), environment=environment)


def compare_with(
    project: Project, environment: Environment | None, accepted: Fingerprint
) -> tuple[MaterialDifference, ...]:
    """List the present materials that differ; packages only where the environment is built."""
    config = project.config
    plan = make_plan(config)
    with project.stat_cache() as cache:
        data = _data(config, cache)
        consumed = read_files(config, plan, data, digest_now(config, cache))
        # Files that a step imported undeclared are known from the fingerprint only.
        names = [
            name
            for name in names_of(accepted, MaterialKind.CODE)
            if name not in consumed.code and (config.root / name).is_file()
        ]
        consumed = with_undeclared(config, consumed, {"": names}, cache)
    if environment is None:
        present = {
            **accepted.materials,
            **files_of(config, plan, consumed),
            MaterialKind.PARAMS: dict(consumed.params),
            MaterialKind.RULES: rules_of(config, plan.outputs),
        }
        return compare_materials(accepted.materials, present, folded=(_but_unbuilt(accepted), ONE_BY_ONE))
    counted = _counted(accepted, environment)
    # What only a run can tell is as it was: nothing has run since.
    settings = accepted.materials.get(MaterialKind.DETERMINISM, {})
    only_by_run = {UNVOUCHED: str(settings[UNVOUCHED])} if UNVOUCHED in settings else {}
    knobs = {**knobs_of(config, environment), **only_by_run}
    present = dict(collect(config, plan, consumed, environment, knobs, imported=counted))
    return compare_materials(accepted.materials, present, folded=(accepted.folded_materials, ONE_BY_ONE))


def _but_unbuilt(accepted: Fingerprint) -> Mapping[MaterialKind, FoldedValues]:
    """Return what stands for materials that are looked at without an environment."""
    seen = {MaterialKind.CODE, MaterialKind.DATA, MaterialKind.PARAMS, MaterialKind.RULES}
    return {kind: folded for kind, folded in accepted.folded_materials.items() if kind in seen}


def _counted(accepted: Fingerprint, environment: Environment) -> Collection[str] | None:
    """Return the packages that count: in a shared environment those that the run imported."""
    return names_of(accepted, MaterialKind.PACKAGES) if environment.shared else None


def _data(config: Config, cache: StatCache) -> dict[str, Digest]:
    """Digest pinned data as it is now, whatever the pin says; what is missing is left out."""
    found: dict[str, Digest] = {}
    for pin in config.data:
        place = config.root / pin.path
        if place.is_dir():
            found[pin.path] = digest_folder(place, folder_algorithm(pin.digest.algorithm), cache)
        elif place.is_file():
            found[pin.path] = digest_file(place, content_algorithm(pin.digest.algorithm), cache)
    return found
