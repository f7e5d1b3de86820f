# SPDX-License-Identifier: Apache-2.0
"""A part of a subject beside the output that it is, with the accepted file where that is at hand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from repro_action.archive.bring_back import bring_back
from repro_action.archive.open import LOCAL, open_archive
from repro_action.codec.baseline import fingerprint_id
from repro_action.compare.artifact_rules import tolerance_for
from repro_action.compare.containers import ContainerComparison, ModelMatch, compare_containers, leaves_digest
from repro_action.config.model import Config
from repro_action.data.hash_file import digest_file
from repro_action.data.hash_folder import digest_folder
from repro_action.digest import Algorithm
from repro_action.errors import BaselineError, ReproError
from repro_action.fingerprint import Fingerprint, Product
from repro_action.flows.check_parts import Assigned
from repro_action.listing import flatten_like
from repro_action.report.check_model import BytesAnswer, CheckedFile, LeftOut
from repro_action.runs.exclusion_rules import rules_for_output
from repro_action.runs.products import as_product, read_or_digest
from repro_action.runs.project import Project
from repro_action.runs.pruning import prune
from repro_action.tree import Node

SHOWN = 50
"""Leaves and files that are named in each list."""


class AcceptedBytes(Protocol):
    """Where the bytes of accepted products can be found."""

    def find(self, path: str, fingerprint: Fingerprint) -> Iterable[Path]:
        """Return files or folders that may hold a product; each is checked before it is believed."""


@dataclass(frozen=True, slots=True)
class LocalCopies:
    """Copies that `repro accept` kept, and what lies in the project."""

    project: Project

    def find(self, path: str, fingerprint: Fingerprint) -> Iterator[Path]:
        """See `AcceptedBytes`."""
        kept = self.project.store.kept(fingerprint.products[path], path)
        if kept is not None:
            yield kept
        place = self.project.config.root / path
        if place.exists() and not place.is_symlink():
            yield place


@dataclass(frozen=True, slots=True)
class ArchivedCopies:
    """Copies of this machine, and then those of the project's archive.

    Attributes:
        project: whose archive is asked; one on this machine is, too.
        folder: receives what comes from the archive.
    """

    project: Project
    folder: Path

    def find(self, path: str, fingerprint: Fingerprint) -> Iterator[Path]:
        """See `AcceptedBytes`; what the archive does not have, or cannot say, is not found."""
        yield from LocalCopies(self.project).find(path, fingerprint)
        config, identity = self.project.config, fingerprint_id(fingerprint)
        if not config.archive.url and not (config.state / LOCAL).is_dir():
            return
        into = self.folder / identity[:16]
        try:
            archive = open_archive(config)
            version = archive.version(identity)
            if version is not None:
                bring_back(archive, version, into, accepted=fingerprint, paths=(path,))
        except ReproError:
            return
        if (into / path).exists():
            yield into / path


@dataclass(frozen=True, slots=True, kw_only=True)
class PartComparison:
    """Compares parts of subjects with accepted outputs.

    Attributes:
        config: rules, tolerances and limits.
        copies: where accepted files can be found.
        algorithm: content algorithm of the baseline.
    """

    config: Config
    copies: AcceptedBytes
    algorithm: Algorithm

    def compare(self, each: Assigned, fingerprint: Fingerprint) -> tuple[ContainerComparison, CheckedFile]:
        """Compare a part of a subject with the output that it is."""
        config, part = self.config, each.part
        product = fingerprint.products[each.product]
        tree, _ = prune(part.tree, rules_for_output(config, each.product), algorithm=self.algorithm)
        of_bytes = self.algorithm if product.by_tree else product.digest.algorithm.removeprefix("tree1-")
        digest = (digest_folder if part.place.is_dir() else digest_file)(part.place, of_bytes)
        read = as_product(tree, step=product.step, size=part.size, digest=digest, leaves={})
        tolerance = tolerance_for(each.product, config.artifacts)
        found = compare_containers(each.product, product, read, tree.root, tolerance=tolerance)
        if found.match is not ModelMatch.IDENTICAL:
            root = self._accepted_root(each.product, fingerprint)
            if root is not None:
                found = compare_containers(
                    each.product, product, read, tree.root, tolerance=tolerance, bytes_of=root
                )
        return found, _checked(each, product, found)

    def _accepted_root(self, path: str, fingerprint: Fingerprint) -> Node | None:
        """Return the tree of the accepted artifact, if a copy of it is at hand that holds what it should."""
        config = self.config
        product = fingerprint.products[path]
        for place in self.copies.find(path, fingerprint):
            try:
                tree = read_or_digest(place, self.algorithm, limits=config.limits)
            except ReproError:
                continue
            pruned, _ = prune(tree, rules_for_output(config, path), algorithm=self.algorithm)
            listed = flatten_like(pruned.root, product.leaves)
            if {name: leaf.digest for name, leaf in listed.items()} == {
                name: leaf.digest for name, leaf in product.leaves.items()
            }:
                return pruned.root
        return None


def _checked(each: Assigned, product: Product, found: ContainerComparison) -> CheckedFile:
    before, after, matched = found.difference.before, found.difference.after, found.correspondence
    size, digest = each.part.size, after.digest if after is not None else None
    whole = found.match is not ModelMatch.INCOMPLETE
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
        leaves=leaves_digest(after.leaves) if after is not None and whole else "",
        accepted_leaves=leaves_digest(before.leaves) if before is not None and whole else "",
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
        reason=each.part.tree.reason,
    )


def algorithm_of(fingerprints: Iterable[Fingerprint], config: Config) -> Algorithm:
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
