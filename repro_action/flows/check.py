# SPDX-License-Identifier: Apache-2.0
"""`repro check SUBJECT`: whether a deployed model is the one that was rebuilt. Trains nothing."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from repro_action import __version__
from repro_action.baseline import Baseline
from repro_action.codec.baseline import fingerprint_id
from repro_action.compare.containers import ContainerComparison, ModelMatch
from repro_action.compare.difference import Difference
from repro_action.data.hash_file import digest_file
from repro_action.digest import Algorithm
from repro_action.errors import FetchError
from repro_action.fingerprint import Fingerprint
from repro_action.flows.check_comparison import (
    SHOWN,
    AcceptedBytes,
    ArchivedCopies,
    LocalCopies,
    PartComparison,
    algorithm_of,
)
from repro_action.flows.check_history import earlier_baseline
from repro_action.flows.check_parts import Assignment, NotAnOutput, SubjectPart, assign
from repro_action.flows.mlmodel_files import loaded_files
from repro_action.progress import Progress
from repro_action.report.build.comparison import comparison
from repro_action.report.check_model import CheckedFile, CheckReport, PlatformAnswer
from repro_action.report.model import Comparison, Side
from repro_action.runs.products import read_or_digest
from repro_action.runs.project import Project
from repro_action.subjects.kinds import fetch_subject
from repro_action.subjects.subject import FetchedSubject
from repro_action.text import few
from repro_action.tree import Tree, branch
from repro_action.verdict import Verdict

_VERDICTS = {
    ModelMatch.IDENTICAL: Verdict.REPRODUCED,
    ModelMatch.TOLERATED: Verdict.EQUIVALENT,
    ModelMatch.DIFFERS: Verdict.DRIFTED,
    ModelMatch.INCOMPLETE: Verdict.FAILED,
}
_UNREAD = Tree(format="", root=branch(()))
"""Of a folder that is no output."""
_WORST = (Verdict.DRIFTED, Verdict.FAILED, Verdict.EQUIVALENT, Verdict.REPRODUCED)
"""Of several files, the first that any has is the subject's; of several classes, the last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckOptions:
    """What the user asks.

    Attributes:
        against: revision whose baseline counts; empty for that in the working tree.
        platform: class that counts; empty for the one that agrees best.
        product: output that the subject is; empty to find out.
        tag: whether to write the verdict to the registry.
    """

    against: str = ""
    platform: str = ""
    product: str = ""
    tag: bool = False


def check(
    project: Project,
    address: str,
    options: CheckOptions,
    progress: Progress,
    *,
    accepted: AcceptedBytes | None = None,
) -> CheckReport:
    """Fetch a subject and compare it with the baseline.

    Args:
        project: whose model it should be.
        address: of the subject.
        options: what the user asks.
        progress: receives what goes on.
        accepted: finds bytes of accepted products; this machine and the archive where None.

    Raises:
        FetchError: it cannot be fetched.
        NotAnOutput: it cannot be said which output it is.
        HistoryError: git does not know the revision.
    """
    baseline = project.baseline_at(options.against) if options.against else project.baseline()
    platforms = _platforms(baseline, options.platform)
    if not platforms:
        return CheckReport(
            tool=__version__,
            name=project.config.name,
            verdict=Verdict.NO_BASELINE,
            subject=address,
            resolved=address,
            platform=options.platform,
            platforms=tuple(
                PlatformAnswer(platform=name, verdict=Verdict.NO_BASELINE)
                for name in (baseline.platforms if baseline is not None else ())
            ),
        )
    project.store.prepare()
    with tempfile.TemporaryDirectory(prefix="check-", dir=project.store.folder) as folder:
        progress.stage("fetching the subject")
        copies, into = Path(folder, "accepted"), Path(folder, "subject")
        into.mkdir()
        subject = fetch_subject(address, into, progress, mlflow=project.config.track.mlflow)
        progress.stage("comparing it with the baseline")
        run = _CheckRun(project, subject, options, accepted or ArchivedCopies(project, copies))
        report = run.report(platforms)
        return _tagged(report, subject) if options.tag else report


def _tagged(report: CheckReport, subject: FetchedSubject) -> CheckReport:
    """Write the verdict to the registry; what prevents it is a note, and changes no verdict."""
    if subject.record is None:
        note = "no tag was written: the address names a file, and no version in a registry"
        return replace(report, notes=(*report.notes, note))
    try:
        subject.record.write_verdict(tags(report))
    except FetchError as error:
        return replace(report, notes=(*report.notes, f"no tag was written: {error.what}"))
    return replace(report, notes=(*report.notes, f"repro.verdict was written to {subject.record.label}"))


def tags(report: CheckReport) -> dict[str, str]:
    """Return what is written to the registry's entry of a subject."""
    return {
        "repro.verdict": report.verdict.value,
        "repro.commit": report.commit,
        "repro.fingerprint": report.fingerprint,
    }


def _code_notes(assignment: Assignment) -> tuple[str, ...]:
    code = [path for path in assignment.context if path.endswith(".py")]
    if not code:
        return ()
    return (f"{few(code)} can be run when the model is loaded, and is not compared",)


def _platforms(baseline: Baseline | None, wanted: str) -> dict[str, Fingerprint]:
    known = baseline.platforms if baseline is not None else {}
    return {name: one for name, one in known.items() if wanted in {"", name}}


@dataclass(frozen=True, slots=True)
class _CheckRun:
    project: Project
    subject: FetchedSubject
    options: CheckOptions
    accepted: AcceptedBytes

    def report(self, platforms: dict[str, Fingerprint]) -> CheckReport:
        algorithm = algorithm_of(platforms.values(), self.project.config)
        folders = any(
            product.by_tree or product.digest.algorithm.startswith("tree1-")
            for one in platforms.values()
            for product in one.products.values()
        )
        parts = self._parts(algorithm, folders=folders)
        answers = self._answers(parts, platforms, algorithm)
        best = max(answers, key=lambda name: (_WORST.index(answers[name].verdict), answers[name].identical))
        answer, fingerprint = answers[best], platforms[best]
        commit = self._commit()
        report = CheckReport(
            tool=__version__,
            name=self.project.config.name,
            verdict=answer.verdict,
            subject=self.subject.address,
            resolved=self.subject.resolved,
            record=self.subject.record.label if self.subject.record is not None else "",
            sha256=self._sha256(),
            commit=commit,
            fingerprint=fingerprint_id(fingerprint),
            platform=best,
            platforms=tuple(
                PlatformAnswer(
                    platform=name, verdict=answers[name].verdict if name in answers else Verdict.FAILED
                )
                for name in platforms
            ),
            files=answer.files,
            unmatched=answer.assignment.unmatched[:SHOWN],
            context=answer.assignment.context[:SHOWN],
            notes=(*self.subject.notes, *_code_notes(answer.assignment)),
        )
        self._require_unchanged()
        if report.verdict is Verdict.REPRODUCED:
            return report
        return replace(
            report,
            comparison=answer.comparison(fingerprint, commit) if answer.differs else None,
            earlier=earlier_baseline(
                self.project, answer.assignment, lambda one, found: self._same(one, found, algorithm)
            )
            if report.verdict is not Verdict.EQUIVALENT
            else None,
        )

    def _same(self, fingerprint: Fingerprint, assignment: Assignment, algorithm: Algorithm) -> bool:
        if any(each.product not in fingerprint.products for each in assignment.assigned):
            return False
        # The archive is asked about no baseline of the past: that could be fifty downloads.
        local = replace(self._comparison(algorithm), copies=LocalCopies(self.project))
        return all(
            local.compare(each, fingerprint)[0].match is ModelMatch.IDENTICAL for each in assignment.assigned
        )

    def _parts(self, algorithm: Algorithm, *, folders: bool) -> list[SubjectPart]:
        """Read the files; a folder as a whole, too, where outputs of the project are folders."""
        limits = self.project.config.limits
        files = [
            SubjectPart(
                path=file.path,
                name=Path(file.path).name,
                place=file.place,
                size=file.size,
                sha256=file.sha256,
                tree=read_or_digest(file.place, algorithm, limits=limits),
            )
            for file in self.subject.files
        ]
        root = self.subject.root
        if not root.is_dir():
            return files
        whole = SubjectPart(
            path="",
            name=root.name,
            place=root,
            size=sum(file.size for file in self.subject.files),
            sha256=None,
            tree=read_or_digest(root, algorithm, limits=limits) if folders else _UNREAD,
        )
        return [whole, *files]

    def _answers(
        self, parts: list[SubjectPart], platforms: Mapping[str, Fingerprint], algorithm: Algorithm
    ) -> dict[str, _PlatformMatch]:
        """Return what each class says that has an output like the subject.

        Raises:
            NotAnOutput: none has.
        """
        answers: dict[str, _PlatformMatch] = {}
        unlike: NotAnOutput | None = None
        for name, fingerprint in platforms.items():
            try:
                answers[name] = self._answer(parts, fingerprint, algorithm)
            except NotAnOutput as error:
                unlike = unlike or error
        if unlike is not None and not answers:
            raise unlike
        return answers

    def _answer(
        self, parts: list[SubjectPart], fingerprint: Fingerprint, algorithm: Algorithm
    ) -> _PlatformMatch:
        loaded = loaded_files(self.subject)
        assignment = assign(parts, fingerprint.products, named=self.options.product, loaded=loaded)
        compared = tuple(
            self._comparison(algorithm).compare(each, fingerprint) for each in assignment.assigned
        )
        return _PlatformMatch(assignment=assignment, compared=compared)

    def _comparison(self, algorithm: Algorithm) -> PartComparison:
        return PartComparison(config=self.project.config, copies=self.accepted, algorithm=algorithm)

    def _commit(self) -> str:
        history, config = self.project.history, self.project.config
        if self.options.against:
            return history.commit(self.options.against) or ""
        name = config.baseline_path.name
        return (history.last_change(name) or "") if history.has_committed(name, config.baseline_path) else ""

    def _require_unchanged(self) -> None:
        """Refuse files that were not the same when they were digested and when they were read."""
        for file in self.subject.files:
            if digest_file(file.place, "sha256") != file.sha256:
                raise FetchError(
                    f"{file.path} was written to while it was read",
                    remedy="Check it again when it is at rest.",
                )

    def _sha256(self) -> str:
        files = self.subject.files
        return str(files[0].sha256) if len(files) == 1 and not self.subject.root.is_dir() else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _PlatformMatch:
    """What one platform class says."""

    assignment: Assignment
    compared: tuple[tuple[ContainerComparison, CheckedFile], ...]

    @property
    def files(self) -> tuple[CheckedFile, ...]:
        return tuple(file for _, file in self.compared)

    @property
    def identical(self) -> int:
        return sum(file.identical for file in self.files)

    @property
    def differs(self) -> bool:
        return any(found.difference.leaves for found, _ in self.compared)

    @property
    def verdict(self) -> Verdict:
        verdicts = {_VERDICTS[found.match] for found, _ in self.compared}
        if self.assignment.unmatched:
            verdicts.add(Verdict.FAILED)
        return next(verdict for verdict in _WORST if verdict in verdicts)

    def comparison(self, before: Fingerprint, commit: str) -> Comparison:
        difference = Difference(
            materials=(), products=tuple(found.difference for found, _ in self.compared), metrics=()
        )
        empty = replace(before, materials={}, products={}, metrics={}, folded_materials={}, folded_metrics={})
        read = {found.difference.path: found.difference.after for found, _ in self.compared}
        after = replace(
            empty, products={path: product for path, product in read.items() if product is not None}
        )
        sides = (
            Side(label="baseline", platform=before.platform, revision=commit[:12]),
            Side(label="subject", platform=before.platform),
        )
        found = comparison(difference, empty, after, sides=sides)
        return replace(found, strip=())  # materials of what is deployed are not known
