# SPDX-License-Identifier: Apache-2.0
"""Two baselines that grew from one, as one: what each side accepted, and what only a training can tell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from repro_action.baseline import Baseline
from repro_action.fingerprint import Fingerprint, MaterialKind
from repro_action.noise.materials import is_of
from repro_action.noise.record import NoiseRecord

_OF_THE_MODEL = (
    *(MaterialKind.CODE, MaterialKind.DATA, MaterialKind.PARAMS),
    *(MaterialKind.STEPS, MaterialKind.SEED),
)
"""Materials that a model has whatever the machine: packages and settings differ from class to class."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MergedBaseline:
    """A three-way merge.

    Attributes:
        baseline: where both sides changed a platform class, with ours.
        both_changed: classes that both sides changed, each into something else: two models, and the merged
            code makes a third one.
        other_models: classes that came from one side alone, while another class came from the other side
            with other code, data or parameters.
    """

    baseline: Baseline
    both_changed: tuple[str, ...] = ()
    other_models: tuple[str, ...] = ()

    @property
    def retrain(self) -> tuple[str, ...]:
        """Classes whose fingerprint no side vouches for."""
        return tuple(sorted({*self.both_changed, *self.other_models}))


def merge(base: Baseline | None, ours: Baseline, theirs: Baseline) -> MergedBaseline:
    """Merge what two branches accepted.

    Args:
        base: what both started from; None where there was no baseline.
        ours: of the branch that is checked out; its name is kept.
        theirs: of the branch that is merged into it.
    """
    before = base.platforms if base is not None else {}
    chosen: dict[str, Fingerprint] = {}
    sides: dict[str, str] = {}
    both: list[str] = []
    for name in sorted({*before, *ours.platforms, *theirs.platforms}):
        old, our, their = before.get(name), ours.platforms.get(name), theirs.platforms.get(name)
        if our != old and their not in (old, our):
            both.append(name)
        kept = their if our == old else our
        if kept is not None:
            chosen[name] = kept
        if our != their and name not in both:
            sides[name] = "theirs" if our == old else "ours"
    return MergedBaseline(
        baseline=Baseline(name=ours.name, platforms=chosen, noise=_noise(base, ours, theirs, chosen)),
        both_changed=tuple(both),
        other_models=tuple(_other_models(chosen, sides)),
    )


def _noise(
    base: Baseline | None, ours: Baseline, theirs: Baseline, chosen: Mapping[str, Fingerprint]
) -> dict[str, NoiseRecord]:
    """Return the noise records of the merged classes: of the side that changed one, else of ours.

    Where both sides measured, the record is kept that is of the fingerprint which was kept.
    """
    before = base.noise if base is not None else {}
    found: dict[str, NoiseRecord] = {}
    for name in sorted(chosen):
        old, our, their = before.get(name), ours.noise.get(name), theirs.noise.get(name)
        kept = their if our == old else our
        if old not in (our, their) and our is not None and their is not None:
            kept = next((one for one in (our, their) if is_of(one, chosen[name])), our)
        if kept is not None:
            found[name] = kept
    return found


def _other_models(chosen: Mapping[str, Fingerprint], sides: Mapping[str, str]) -> Iterator[str]:
    """Yield classes that do not belong to the model of another class, which came from the other side."""
    for name, side in sides.items():
        others = [chosen[other] for other, its in sides.items() if its != side and other in chosen]
        if name in chosen and any(_model(chosen[name]) != _model(other) for other in others):
            yield name


def _model(fingerprint: Fingerprint) -> list[object]:
    return [fingerprint.materials.get(kind, {}) for kind in _OF_THE_MODEL] + [
        fingerprint.folded_materials.get(kind) for kind in _OF_THE_MODEL
    ]
