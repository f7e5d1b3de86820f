# SPDX-License-Identifier: Apache-2.0
"""`repro bisect GOOD BAD`: the commit at which a result changed, training as few commits as possible.

Accepted baselines answer first, for nothing; then commits between the last of the old result and the first
of the new one are trained, each time the middle one. The working tree stays as it is.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from repro_action.compare.commit_search import (
    CommitAnswer,
    SearchInterval,
    next_position,
    remaining_interval,
)
from repro_action.compare.subject_of_search import (
    SearchedKind,
    SearchedResult,
    is_same,
    resolved,
    value_of,
)
from repro_action.environments import backend_for
from repro_action.environments.circumstances import circumstances, platform_class
from repro_action.errors import Interrupted
from repro_action.files import read_regular
from repro_action.fingerprint import Fingerprint
from repro_action.flows.bisect_line import LinePoint, LineReader, commits_between
from repro_action.flows.bisect_log import write_log
from repro_action.flows.bisect_noise import SIGMAS, noise_limit, with_rules
from repro_action.flows.bisect_report import FinishedSearch, report_of, shown_commit
from repro_action.flows.bisect_training import FOLDER, CommitTrainer, TrainingRecord, TrainingStore
from repro_action.history import HistoryError
from repro_action.progress import Progress
from repro_action.report.bisect_model import AnswerSource, BisectReport, BisectStep
from repro_action.report.numbers import seconds as seconds_text
from repro_action.runs.commit_checkout import commit_checkout
from repro_action.runs.project import Project
from repro_action.steps.lock import lock_project
from repro_action.steps.signals import interruptible
from repro_action.text import clean, plural


@dataclass(frozen=True, slots=True, kw_only=True)
class BisectOptions:
    """What the user may ask of a search.

    Attributes:
        good, bad: revisions; the first is an ancestor of the second.
        result: that changed between them.
        retrain: trust no accepted baseline.
        repeat: train both sides of the change once more, where they were trained, to see whether the
            result depends on chance.
        present_config: whether commits without a configuration are trained by the present one.
    """

    good: str
    bad: str
    result: SearchedResult
    retrain: bool = False
    repeat: bool = True
    present_config: bool = False


def bisect(project: Project, options: BisectOptions, progress: Progress) -> BisectReport:
    """Search, and keep every answer as soon as it is there.

    Args:
        project: the configuration as it is now, which names the model; its working tree is only read.
        options: what is asked for.
        progress: hears how far it is.

    Raises:
        HistoryError: the revisions do not fit together, or an end of the line cannot be told.
        ConfigError: the first commit does not have what is searched for.
        Interrupted: the user stopped it; what was trained is kept.
    """
    commits = commits_between(project.history, options.good, options.bad)
    project.store.prepare()
    state = project.config.state
    with (
        interruptible(),
        lock_project(state),
        commit_checkout(project.history, commits[0].commit, state) as checkout,
    ):
        top = project.history.top
        path = os.path.relpath(project.config.path, top) if top is not None else project.config.path.name
        usual = read_regular(project.config.path) if options.present_config else None
        reader = LineReader(checkout=checkout, path=path, name=project.config.name, usual=usual)
        points = reader.points(commits, progress)
        store = TrainingStore(
            folder=state / FOLDER / "trained", name=project.config.name, environment=_shared(project)
        )
        trainer = CommitTrainer(project=project, checkout=checkout, store=store, progress=progress)
        search = CommitSearch(project=project, options=options, points=points, trainer=trainer)
        try:
            return search.run()
        except (Interrupted, KeyboardInterrupt) as stopped:
            raise Interrupted(
                "the search was stopped",
                remedy=f"Start the same command again: {plural(trainer.trainings, 'training')} of this one, "
                "and all earlier ones, are kept.",
            ) from stopped


def _shared(project: Project) -> str:
    """Return the digest of an interpreter that commits do not pin."""
    environment = backend_for(project.config).peek(project.config)
    return environment.digest.value if environment is not None and environment.shared else ""


@dataclass(slots=True, kw_only=True)
class CommitSearch:
    """One search.

    Attributes:
        project: whose model it is.
        options: of the command line.
        points: of the line, oldest first.
        trainer: of those that no baseline answers for.
        segments: ranges of points that have one answer: first and one past the last.
        answers: of the segments.
        made: key → what those commits make, where it is known.
        failed: key → training that came to no end.
        steps: in the order in which answers came.
        notes: in sentences.
        platform: class of this machine.
        noise: change of the metric that seed noise accounts for, in its own unit.
    """

    project: Project
    options: BisectOptions
    points: Sequence[LinePoint]
    trainer: CommitTrainer
    segments: list[tuple[int, int]] = field(default_factory=list)
    answers: list[CommitAnswer | None] = field(default_factory=list)
    made: dict[str, tuple[Fingerprint, AnswerSource]] = field(default_factory=dict)
    failed: dict[str, TrainingRecord] = field(default_factory=dict)
    steps: list[BisectStep] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    platform: str = ""
    noise: float = 0.0

    def run(self) -> BisectReport:
        """Ask until nothing is left to ask."""
        profile = (self.points[-1].config or self.project.config).determinism.profile
        self.platform = platform_class(profile, circumstances())
        self._group()
        self.answers = [None] * len(self.segments)
        reference = self._end(0)
        result = resolved(self.options.result, reference, self._first(0).about.commit)
        self.options = replace(self.options, result=result)
        accepted = self._first(0).accepted.get(self.platform)
        self.noise = noise_limit(result, accepted, self._first(0).baseline)
        if self.noise:
            self.notes.append(
                f"up to {self.noise:.4g} is {SIGMAS:g} standard deviations of seed noise: no change"
            )
        self._answer(0)
        last = len(self.segments) - 1
        if last == 0:
            return self._report(None)
        self._end(last)
        self._answer(last)
        if self.options.result.kind is SearchedKind.VERDICT and self.answers[0] is not CommitAnswer.SAME:
            raise HistoryError(
                f"commit {self._first(0).about.commit[:12]} does not reproduce its own baseline here",
                why="What differs is then not of the commits: this machine, its packages, or chance.",
                remedy="Run `repro verify` there, begin at an older commit, or search without --verdict.",
            )
        if self.answers[last] is not CommitAnswer.CHANGED:
            return self._report(None)
        for position in range(1, last):
            if self._known(position) is not None:
                self._answer(position)
        interval = remaining_interval(self.answers)
        while not interval.is_done:
            self._train(next_position(interval), interval)
            interval = remaining_interval(self.answers)
        flaky = self._repeat(interval) if self.options.repeat else False
        return self._report(interval, flaky=flaky)

    def _group(self) -> None:
        """Put commits together that have one answer: of equal materials and, for verdicts, baselines."""
        keys = [self._answer_key(point) for point in self.points]
        starts = [place for place, key in enumerate(keys) if place == 0 or not key or key != keys[place - 1]]
        self.segments = list(zip(starts, [*starts[1:], len(keys)], strict=True))

    def _answer_key(self, point: LinePoint) -> str:
        if self.options.result.kind is not SearchedKind.VERDICT or not point.key:
            return point.key
        return f"{point.key} {point.baseline!r}"

    def _first(self, segment: int) -> LinePoint:
        return self.points[self.segments[segment][0]]

    def _end(self, segment: int) -> Fingerprint:
        """Return what one of the two ends makes."""
        point = self._first(segment)
        known = self._known(segment)
        if known is None and point.key:
            self.trainer.progress.stage(
                f"training the {'last' if segment else 'first'} commit, {_brief(point)}"
            )
            self._made_by_training(point)
            known = self._known(segment)
        if known is not None:
            return known[0]
        record = self.failed.get(point.key)
        raise HistoryError(
            f"commit {point.about.commit[:12]} cannot be told: {record.failure if record else point.reason}",
            why="Both ends of a search need a result to compare with.",
            remedy="Name a commit nearby that trains here; `repro verify` in a clone of it shows the error.",
        )

    def _known(self, segment: int) -> tuple[Fingerprint, AnswerSource] | None:
        """Return what a segment makes, where a baseline or an earlier training tells."""
        start, end = self.segments[segment]
        key = self.points[start].key
        if not key:
            return None
        trusts = not self.options.retrain and self.options.result.kind is not SearchedKind.VERDICT
        if trusts and key not in self.made:
            accepted = (point.accepted.get(self.platform) for point in self.points[start:end])
            found = next((each for each in accepted if each is not None), None)
            if found is not None:
                self.made[key] = (found, AnswerSource.BASELINE)
        if key not in self.made and key not in self.failed:
            record = self.trainer.store.get(key)
            if record is not None:
                self._keep(key, record, AnswerSource.TRAINED_EARLIER)
        return self.made.get(key)

    def _made_by_training(self, point: LinePoint) -> None:
        self._keep(point.key, self.trainer.train(point), AnswerSource.TRAINED)

    def _keep(self, key: str, record: TrainingRecord, source: AnswerSource) -> None:
        if record.fingerprint is None:
            self.failed[key] = record
        else:
            self.made[key] = (record.fingerprint, source)

    def _train(self, position: int, interval: SearchInterval) -> None:
        point = self._first(position)
        if point.key and self._known(position) is None and point.key not in self.failed:
            done, left = self.trainer.trainings, interval.most_questions
            times = self.trainer.seconds
            about = f", about {seconds_text(sum(times) / len(times) * left)} left" if times else ""
            self.trainer.progress.stage(
                f"training {_brief(point)}: at most {plural(left, 'training')} left{about}"
            )
            self.trainer.progress.advance(done, done + left, "trainings")
            self._made_by_training(point)
        self._answer(position)

    def _answer(self, position: int) -> None:
        """Note the answer of a segment, in the log too."""
        point = self._first(position)
        known = self._known(position)
        result = self.options.result
        reference = self.made[self._first(0).key][0]
        record = self.failed.get(point.key)
        reason = point.reason or (record.failure if record is not None else "")
        if known is not None and result.kind is SearchedKind.VERDICT:
            accepted = point.baseline.platforms.get(self.platform) if point.baseline is not None else None
            reference = accepted if accepted is not None else reference
            reason = "" if accepted is not None else f"it has no accepted baseline of {self.platform}"
            known = known if accepted is not None else None
        if known is None:
            answer, source = CommitAnswer.SKIPPED, AnswerSource.UNKNOWN
        else:
            same = self._is_same(point, reference, known[0])
            answer, source = CommitAnswer.SAME if same else CommitAnswer.CHANGED, known[1]
            reason = ""
        if self.answers[position] is not None:
            return
        self.answers[position] = answer
        self.steps.append(
            BisectStep(
                commit=shown_commit(point.about),
                answer=answer,
                source=source,
                value=value_of(result, known[0]) if known is not None else None,
                seconds=self.trainer.seconds[-1] if source is AnswerSource.TRAINED else None,
                reason=clean(reason, 300),
            )
        )
        write_log(
            self.project.config.state, result, (self.points[0].about, self.points[-1].about), self.steps
        )

    def _is_same(self, point: LinePoint, before: Fingerprint, after: Fingerprint) -> bool:
        """Compare two results by the rules of the last commit; verdicts by those of the commit itself."""
        of_verdict = self.options.result.kind is SearchedKind.VERDICT
        rules = (point if of_verdict else self.points[-1]).config or self.project.config
        baseline = (point if of_verdict else self.points[0]).baseline
        config = with_rules(rules, before, baseline)
        return is_same(self.options.result, before, after, config, noise=self.noise)

    def _repeat(self, interval: SearchInterval) -> bool:
        """Train what decided once more; whether a commit disagrees with itself."""
        for position in (interval.same, interval.changed):
            point = self._first(position)
            made, source = self.made[point.key]
            if source is AnswerSource.BASELINE:
                continue
            again = self.trainer.store.get(point.key, 2)
            if again is None:
                self.trainer.progress.stage(f"training {_brief(point)} once more: does it agree with itself?")
                again = self.trainer.train(point, 2)
            other = again.fingerprint
            if other is None or not self._is_same(point, made, other):
                values = [value_of(self.options.result, each) for each in (made, other) if each is not None]
                shown = f": {values[0]}, then {values[-1]}" if values[0] is not None else ""
                self.notes.append(
                    f"commit {point.about.commit[:12]} disagrees with itself: it was trained twice "
                    f"and the result differs{clean(shown, 100)}; run `repro probe` to see what it depends on"
                )
                return True
        return False

    def _report(self, interval: SearchInterval | None, *, flaky: bool = False) -> BisectReport:
        sides = (interval.same, interval.changed) if interval is not None else ()
        before, after = (self.made[self._first(side).key][0] for side in sides) if sides else (None, None)
        finished = FinishedSearch(
            name=self.project.config.name,
            history=self.project.history,
            result=self.options.result,
            points=self.points,
            starts=[start for start, _ in self.segments],
            answers=self.answers,
            interval=interval,
            before=before,
            after=after,
            steps=self.steps,
            trainings=self.trainer.trainings,
            flaky=flaky,
            notes=self.notes,
        )
        return report_of(finished)


def _brief(point: LinePoint) -> str:
    return f"{point.about.commit[:12]} ({clean(point.about.subject, 50)})"
