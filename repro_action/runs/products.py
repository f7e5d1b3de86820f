# SPDX-License-Identifier: Apache-2.0
"""Reads what the steps wrote: products as leaves, metrics as values."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from repro_action.codec.tables import read_table
from repro_action.compare.artifact_rules import rule_for
from repro_action.config.model import Config
from repro_action.data.hash_file import digest_file
from repro_action.data.hash_folder import digest_folder
from repro_action.digest import Algorithm, Digest
from repro_action.errors import StepError
from repro_action.fingerprint import Metrics, Product
from repro_action.listing import flatten, flatten_like, prune
from repro_action.readers import read_artifact
from repro_action.runs.plan import RunPlan
from repro_action.tree import Leaf, Node, Scalar, Tree

WHOLE = 20_000
"""Leaves that are listed of each artifact where two are compared directly."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadOutputs:
    """Products and metrics of one run.

    Attributes:
        products, metrics: what is compared.
        roots: product → its whole tree, to list it as deep as a baseline does.
    """

    products: Mapping[str, Product]
    metrics: Metrics
    roots: Mapping[str, Node]


def read_outputs(config: Config, plan: RunPlan, *, root: Path | None = None) -> ReadOutputs:
    """Read every declared output.

    Args:
        config: tolerances and byproduct rules.
        plan: which step wrote what.
        root: where the outputs lie; the project itself if None.

    Raises:
        StepError: a metrics file is not there.
        TableError: a metrics file cannot be read.
    """
    base = root or config.root
    trees = {
        output: read_tree(base / output, matches=_rules(config, output), algorithm=config.digest)
        for output in sorted(plan.outputs)
        if output not in config.metrics
    }
    products = {output: _product(config, plan, output, tree, base) for output, tree in trees.items()}
    return ReadOutputs(
        products=products,
        metrics={file: _metrics(base, file) for file in sorted(config.metrics)},
        roots={output: tree.root for output, tree in trees.items()},
    )


def read_product(config: Config, plan: RunPlan, output: str) -> Product:
    """Read one file of the project as a product, also where it is declared as metrics."""
    tree = read_tree(config.root / output, matches=_rules(config, output), algorithm=config.digest)
    return _product(config, plan, output, tree, config.root)


def _product(config: Config, plan: RunPlan, output: str, tree: Tree, base: Path) -> Product:
    return as_product(
        tree,
        step=plan.writer(output),
        size=_size(base / output),
        digest=_digest(base / output, config.digest),
    )


def read_tree(path: Path, *, matches: Callable[[str], str] | None, algorithm: Algorithm) -> Tree:
    """Read one output.

    Args:
        path: file or folder.
        matches: leaf path → name of the rule that leaves it out of equality, or `""`.
        algorithm: the content algorithm.
    """
    tree = read_artifact(path, algorithm=algorithm)
    return tree if matches is None else prune(tree, matches, algorithm=algorithm)


def as_product(tree: Tree, *, step: str, size: int, digest: Digest, whole: bool = False) -> Product:
    """Make a product of a tree; `whole` lists it far deeper than a baseline does."""
    return Product(
        step=step,
        format=tree.format,
        size=size,
        digest=digest,
        leaves=_whole(tree.root) if whole else flatten(tree.root),
        excluded={found.path: found.rule for found in tree.excluded},
        reason=tree.reason,
    )


def deepened(
    config: Config, path: str, before: Product, *, kept: Path | None, root: Node
) -> tuple[dict[str, Leaf], dict[str, Leaf]]:
    """List the leaves of an accepted and of a new product, both to one depth.

    Args:
        config: rules that leave leaves out.
        path: of the product.
        before: as the baseline has it.
        kept: a copy of the accepted artifact, if there is one: then everything is listed, with
            contents at hand. A copy that has not the leaves of the baseline is not believed.
        root: the new product's tree.
    """
    if kept is not None:
        tree = read_tree(kept, matches=_rules(config, path), algorithm=config.digest)
        if flatten(tree.root) == before.leaves or _under_other_rules(config, before, kept):
            return _whole(tree.root), _whole(root)
    return dict(before.leaves), flatten_like(root, before.leaves)


def _under_other_rules(config: Config, before: Product, kept: Path) -> bool:
    """Whether a copy has the leaves of the baseline, with what was left out when that was accepted."""
    tree = read_tree(kept, matches=lambda path: before.excluded.get(path, ""), algorithm=config.digest)
    return flatten(tree.root) == before.leaves


def _whole(root: Node) -> dict[str, Leaf]:
    return flatten(root, limit=WHOLE, siblings=WHOLE)


def _rules(config: Config, output: str) -> Callable[[str], str] | None:
    """Return what leaves parts of an output out: declared byproducts, and metrics files in a folder."""
    rule = rule_for(output, config.artifacts)
    compiled = [(glob, leaf_glob(glob)) for glob in (rule.byproducts if rule is not None else ())]
    inside = [file.removeprefix(f"{output}/") for file in config.metrics if file.startswith(f"{output}/")]
    if not compiled and not inside:
        return None

    def matches(path: str) -> str:
        if path in inside:
            return "compared as metrics"
        # Paths drop their leading dot; `**.name` is meant for the top as well.
        fits = (
            glob for glob, pattern in compiled if pattern.fullmatch(path) or pattern.fullmatch(f".{path}")
        )
        return next((f"byproducts: {glob}" for glob in fits), "")

    return matches


def _metrics(base: Path, file: str) -> dict[str, Scalar]:
    try:
        data = (base / file).read_bytes()
    except OSError as error:
        raise StepError(
            f"the metrics file {file} cannot be read: {error.strerror}",
            remedy="Declare it among the outputs of the step that writes it.",
        ) from error
    return read_table(data, file)


def _size(path: Path) -> int:
    if path.is_dir():
        return sum(file.lstat().st_size for file in path.rglob("*") if file.is_file())
    return path.stat().st_size


def _digest(path: Path, algorithm: Algorithm) -> Digest:
    return digest_folder(path, algorithm) if path.is_dir() else digest_file(path, algorithm)


@lru_cache(maxsize=64)
def leaf_glob(glob: str) -> re.Pattern[str]:
    """Compile a glob over leaf paths: `*` stays inside one segment, `**` crosses segments.

    Segments begin with `.`, `[` or `/`; so `**.fit_time_` matches it at every depth, and
    `steps[*].coef_` in each step.
    """
    tokens = re.split(r"(\*\*|\*|\?)", glob)
    meaning = {"**": ".*", "*": r"[^.\[\]/]*", "?": r"[^.\[\]/]"}
    return re.compile("".join(meaning.get(token) or re.escape(token) for token in tokens), re.DOTALL)
