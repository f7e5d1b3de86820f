# SPDX-License-Identifier: Apache-2.0
"""`repro check SUBJECT`: whether a deployed model is the one that was rebuilt. Trains nothing."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from repro_action import __version__
from repro_action.baseline import Baseline
from repro_action.codec.baseline import fingerprint_id
from repro_action.compare.artifact_rules import tolerance_for
from repro_action.compare.containers import ContainerComparison, ModelMatch, compare_containers, leaves_digest
from repro_action.compare.difference import Difference
from repro_action.config.model import Config
from repro_action.data.hash_file import digest_file
from repro_action.data.hash_folder import digest_folder
from repro_action.digest import Algorithm
from repro_action.errors import BaselineError, ReproError
from repro_action.fingerprint import Fingerprint, Product
from repro_action.flows.check_history import earlier_baseline
from repro_action.flows.check_parts import Assigned, Assignment, SubjectPart, assign, loaded_files
from repro_action.listing import flatten_like
from repro_action.progress import Progress
from repro_action.report.build.comparison import comparison
from repro_action.report.check_model import BytesAnswer, CheckedFile, CheckReport, LeftOut, PlatformAnswer
from repro_action.report.model import Comparison, Side
from repro_action.runs.exclusion_rules import rules_for_output
from repro_action.runs.products import as_product, read_or_digest
from repro_action.runs.project import Project
from repro_action.runs.pruning import prune
from repro_action.subjects.kinds import fetch_subject
from repro_action.subjects.subject import FetchedSubject
from repro_action.tree import Node
from repro_action.verdict import Verdict

SHOWN = 50
"""Leaves and files that are named in each list."""

_VERDICTS = {
    ModelMatch.IDENTICAL: Verdict.REPRODUCED,
    ModelMatch.TOLERATED: Verdict.EQUIVALENT,
    ModelMatch.DIFFERS: Verdict.DRIFTED,
    ModelMatch.INCOMPLETE: Verdict.FAILED,
}
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


class AcceptedBytes(Protocol):
    """Where the bytes of accepted products can be found."""

    def find(self, path: str, product: Product) -> Iterable[Path]:
        """Return files or folders that may hold a product; each is checked before it is believed."""


@dataclass(frozen=True, slots=True)
class LocalCopies:
    """Copies that `repro accept` kept, and what lies in the project."""

    project: Project

    def find(self, path: str, product: Product) -> Iterator[Path]:
        """See `AcceptedBytes`."""
        kept = self.project.store.kept(product, path)
        if kept is not None:
            yield kept
        place = self.project.config.root / path
        if place.exists() and not place.is_symlink():
            yield place


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
        accepted: finds bytes of accepted products; those of this machine where None.

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
        subject = fetch_subject(address, Path(folder), progress)
        progress.stage("comparing it with the baseline")
        run = _Check(project, subject, options, accepted or LocalCopies(project))
        report = run.report(platforms)
        if options.tag and subject.record is not None:
            subject.record.write_verdict(tags(report))
    return report


def tags(report: CheckReport) -> dict[str, str]:
    """Return what is written to the registry's entry of a subject."""
    return {
        "repro.verdict": report.verdict.value,
        "repro.commit": report.commit,
        "repro.fingerprint": report.fingerprint,
    }


def _platforms(baseline: Baseline | None, wanted: str) -> dict[str, Fingerprint]:
    known = baseline.platforms if baseline is not None else {}
    return {name: one for name, one in known.items() if wanted in {"", name}}


@dataclass(frozen=True, slots=True)
class _Check:
    project: Project
    subject: FetchedSubject
    options: CheckOptions
    accepted: AcceptedBytes

    def report(self, platforms: dict[str, Fingerprint]) -> CheckReport:
        algorithm = _algorithm(platforms.values(), self.project.config)
        parts = self._parts(algorithm)
        answers = {
            name: self._answer(parts, fingerprint, algorithm) for name, fingerprint in platforms.items()
        }
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
                PlatformAnswer(platform=name, verdict=one.verdict) for name, one in answers.items()
            ),
            files=answer.files,
            unmatched=answer.assignment.unmatched[:SHOWN],
            context=answer.assignment.context[:SHOWN],
            notes=self.subject.notes,
        )
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
        return all(
            self._compared(each, fingerprint, algorithm)[0].match is ModelMatch.IDENTICAL
            for each in assignment.assigned
        )

    def _parts(self, algorithm: Algorithm) -> list[SubjectPart]:
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
            tree=read_or_digest(root, algorithm, limits=limits),
        )
        return [whole, *files]

    def _answer(self, parts: list[SubjectPart], fingerprint: Fingerprint, algorithm: Algorithm) -> _Answer:
        loaded = loaded_files(self.subject)
        assignment = assign(parts, fingerprint.products, named=self.options.product, loaded=loaded)
        compared = tuple(self._compared(each, fingerprint, algorithm) for each in assignment.assigned)
        return _Answer(assignment=assignment, compared=compared)

    def _compared(
        self, each: Assigned, fingerprint: Fingerprint, algorithm: Algorithm
    ) -> tuple[ContainerComparison, CheckedFile]:
        config, part = self.project.config, each.part
        product = fingerprint.products[each.product]
        tree, _ = prune(part.tree, rules_for_output(config, each.product), algorithm=algorithm)
        of_bytes = algorithm if product.by_tree else product.digest.algorithm.removeprefix("tree1-")
        digest = (digest_folder if part.place.is_dir() else digest_file)(part.place, of_bytes)
        read = as_product(tree, step=product.step, size=part.size, digest=digest, leaves={})
        tolerance = tolerance_for(each.product, config.artifacts)
        found = compare_containers(each.product, product, read, tree.root, tolerance=tolerance)
        if found.match is not ModelMatch.IDENTICAL:
            root = self._accepted_root(each.product, product, algorithm)
            if root is not None:
                found = compare_containers(
                    each.product, product, read, tree.root, tolerance=tolerance, bytes_of=root
                )
        return found, _checked(each, product, found)

    def _accepted_root(self, path: str, product: Product, algorithm: Algorithm) -> Node | None:
        """Return the tree of the accepted artifact, if a copy of it is at hand that holds what it should."""
        config = self.project.config
        for place in self.accepted.find(path, product):
            try:
                tree = read_or_digest(place, algorithm, limits=config.limits)
            except ReproError:
                continue
            pruned, _ = prune(tree, rules_for_output(config, path), algorithm=algorithm)
            listed = flatten_like(pruned.root, product.leaves)
            if {name: leaf.digest for name, leaf in listed.items()} == {
                name: leaf.digest for name, leaf in product.leaves.items()
            }:
                return pruned.root
        return None

    def _commit(self) -> str:
        history, config = self.project.history, self.project.config
        if self.options.against:
            return history.commit(self.options.against) or ""
        name = config.baseline_path.name
        return (history.last_change(name) or "") if history.has_committed(name, config.baseline_path) else ""

    def _sha256(self) -> str:
        files = self.subject.files
        return str(files[0].sha256) if len(files) == 1 and not self.subject.root.is_dir() else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
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


def _checked(each: Assigned, product: Product, found: ContainerComparison) -> CheckedFile:
    before, after, matched = found.difference.before, found.difference.after, found.correspondence
    size, digest = each.part.size, after.digest if after is not None else None
    same = BytesAnswer.SAME if digest == product.digest else BytesAnswer.DIFFERENT
    return CheckedFile(
        path=each.part.path or each.part.name,
        product=each.product,
        found_by=each.found_by,
        match=found.match,
        format=each.part.tree.format,
        accepted_format=product.format,
        size=size,
        sha256=str(each.part.sha256 or ""),
        accepted_digest="" if product.by_tree else str(product.digest),
        bytes=BytesAnswer.UNKNOWN if product.by_tree else same,
        leaves=leaves_digest(after.leaves) if after is not None else "",
        accepted_leaves=leaves_digest(before.leaves) if before is not None else "",
        corresponding=found.corresponding,
        identical=found.identical,
        alone=matched.subject_alone[:SHOWN] if matched is not None else (),
        alone_count=len(matched.subject_alone) if matched is not None else 0,
        accepted_alone=matched.accepted_alone[:SHOWN] if matched is not None else (),
        accepted_alone_count=len(matched.accepted_alone) if matched is not None else 0,
        left_out=tuple(
            LeftOut(rule=rule.value, count=count)
            for rule, count in sorted(matched.left_out.items() if matched is not None else ())
        ),
        elsewhere=matched is not None and matched.elsewhere,
        folded=found.folded,
    )


def _algorithm(fingerprints: Iterable[Fingerprint], config: Config) -> Algorithm:
    """Return the content algorithm that a baseline was made with."""
    leaves = (
        leaf for one in fingerprints for product in one.products.values() for leaf in product.leaves.values()
    )
    first = next(leaves, None)
    name = first.digest.algorithm.removeprefix("leaf1-") if first is not None else config.digest
    if name == "blake3":
        return "blake3"
    if name == "sha256":
        return "sha256"
    raise BaselineError(f"it has leaves of the unknown algorithm {name[:40]!r}")
