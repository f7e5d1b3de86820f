# SPDX-License-Identifier: Apache-2.0
"""A variation that changes the outputs → what a person needs: where, by how much, the remedy."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from repro_action.compare.difference import Difference
from repro_action.compare.judge import compare
from repro_action.determinism.traces import read_traces
from repro_action.finding import Finding, FindingKind
from repro_action.findings.catalogue import CATALOGUE
from repro_action.findings.divergence import first_divergence, unsteady_marks
from repro_action.findings.source import places, races
from repro_action.findings.suspects import first_step
from repro_action.observation import Divergence, Observation
from repro_action.probe.search import AGAIN, Culprit
from repro_action.probe.trial import TrialOutcome
from repro_action.probe.trials import Trials
from repro_action.probe.variations.protocol import Variation
from repro_action.report.build.artifacts import artifacts
from repro_action.report.build.comparison import metric_row
from repro_action.report.build.sources import sources_of
from repro_action.report.model import ArtifactDifference, MetricRow, State
from repro_action.report.probe_model import ProbeFinding
from repro_action.runs.plan import RunPlan
from repro_action.runs.products import deepened, read_outputs

_MORE_RUNS = "Allow more runs, so that the search can end: `repro probe --runs 80`."


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeFindingBuilder:
    """Describes culprits as findings.

    Attributes:
        trials: with all their outcomes.
        plan: of the project.
        profile_variables: names of those that the profile sets.
    """

    trials: Trials
    plan: RunPlan
    profile_variables: frozenset[str]

    def finding(self, culprit: Culprit, traced: Sequence[TrialOutcome]) -> ProbeFinding:
        """Describe one group of variations that changes the outputs."""
        before, after = self.trials.outcomes[culprit.before], self.trials.outcomes[culprit.after]
        culprits = [self.trials.variations[name] for name in self.trials.variations if name in culprit.names]
        pins = self.pins(culprit)
        step, listed, rows = self._difference(before, after)
        parted = _divergence(traced, step) if step else None
        found = self._places(culprit, step, before, after, parted)
        remedy = _remedy(culprits, [name for name in pins if name in self.profile_variables])
        if culprit.unfinished:
            remedy = found[0].remedy if found else _MORE_RUNS
        return ProbeFinding(
            variations=tuple(variation.name for variation in culprits),
            step=step,
            unfinished=culprit.unfinished,
            pinned_by=pins,
            numeric=all(variation.numeric for variation in culprits),
            artifacts=listed,
            metrics=rows,
            places=found,
            divergence=parted,
            remedy=_of_itself(found) if culprit.names == {AGAIN} and not pins else remedy,
        )

    def races(self, outcome: TrialOutcome) -> tuple[Finding, ...]:
        """Return the lines of all steps at which workers race for few outcomes, seen to differ or not."""
        root = self.trials.config.root
        return tuple(
            replace(found, step=step.name)
            for step in self.plan.steps
            for found in races(sources_of(root, self.plan, outcome.undeclared, step.name))
        )

    def pins(self, culprit: Culprit) -> tuple[str, ...]:
        """Return the variables that keep the outputs the same, for a group that was unpinned."""
        if not culprit.after.unpinned:
            return ()
        return tuple(
            dict.fromkeys(
                name
                for variation in self.trials.variations.values()
                if variation.name in culprit.names
                for name in self.pins_of(variation)
            )
        )

    def pins_of(self, variation: Variation) -> tuple[str, ...]:
        """Return the variables of the profile that pin what a variation disturbs."""
        unpin = variation.unpin(self.trials.environment, round_number=1)
        if unpin is None:
            return ()
        return tuple(sorted(set(unpin.over) & self.profile_variables)) or tuple(
            filter(None, [variation.pinned_by])
        )

    def _difference(
        self, before: TrialOutcome, after: TrialOutcome
    ) -> tuple[str, tuple[ArtifactDifference, ...], tuple[MetricRow, ...]]:
        difference = self._measured(before, after)
        if difference is None:
            failure = after.failure or before.failure
            return (failure.step if failure is not None else ""), (), ()
        config = self.trials.config
        writers = {file: self.plan.writer(file) for file in config.metrics}
        names = [step.name for step in self.plan.steps]
        differing = [product for product in difference.products if not product.state.same]
        rows = (metric_row(metric) for metric in difference.metrics if not metric.same)
        return (
            first_step(difference, names, writers),
            artifacts(differing, names)[0],
            tuple(row for row in rows if row.state is not State.IDENTICAL),
        )

    def _measured(self, before: TrialOutcome, after: TrialOutcome) -> Difference | None:
        """Compare two trials element by element: the outputs of both are at hand."""
        first = self.trials.difference(before, after)
        if first is None or before.fingerprint is None or after.fingerprint is None:
            return None
        config = self.trials.config
        differing = [
            found.path
            for found in first.products
            if not found.state.same and found.before is not None and found.after is not None
        ]
        old, new = dict(before.fingerprint.products), dict(after.fingerprint.products)
        roots = read_outputs(config, self.plan, root=after.root).roots if differing else {}
        for path in differing:
            leaves = deepened(config, path, old[path], kept=before.root / path, root=roots[path])
            old[path], new[path] = (
                replace(product, leaves=listed)
                for product, listed in zip((old[path], new[path]), leaves, strict=True)
            )
        return compare(
            replace(before.fingerprint, products=old),
            replace(after.fingerprint, products=new),
            metrics=config.metrics,
            artifacts=config.artifacts,
        )

    def _places(
        self,
        culprit: Culprit,
        step: str,
        before: TrialOutcome,
        after: TrialOutcome,
        parted: Divergence | None,
    ) -> tuple[Finding, ...]:
        seen = [one.observations.get(step, ()) for one in (before, after)] if step else []
        observations: tuple[Observation, ...] = tuple(
            dict.fromkeys(one for step_seen in seen for one in step_seen)
        )
        found = places(
            culprit.names,
            sources_of(self.trials.config.root, self.plan, before.undeclared, step),
            observations,
            parted,
        )
        return tuple(replace(place, step=step) for place in found)


def _divergence(traced: Sequence[TrialOutcome], step: str) -> Divergence | None:
    """Return where the first two of three runs part; what the third shows to move by itself is left out."""
    if not traced:
        return None
    before, after, *others = (read_traces(outcome.hook / step) for outcome in traced)
    unsteady = unsteady_marks(before, others[0]) if others else ()
    return first_divergence(before, after, unsteady=unsteady)


def _of_itself(found: Sequence[Finding]) -> str:
    """Return what to do about a run that disagrees with itself; a seed only where there is one to give."""
    return found[0].remedy if found else CATALOGUE[FindingKind.NATIVE_ORDER].remedy


def _remedy(culprits: Iterable[Variation], pins: Sequence[str]) -> str:
    if pins:
        return f"Keep the profile: {', '.join(pins)} keeps it stable."
    remedies = [variation.remedy for variation in culprits if variation.name != AGAIN]
    return " ".join(dict.fromkeys(remedies)) or next((variation.remedy for variation in culprits), "")
