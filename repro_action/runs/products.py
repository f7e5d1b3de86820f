# SPDX-License-Identifier: Apache-2.0
"""Reads what the steps wrote: products as leaves, metrics as values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from repro_action import reading
from repro_action.codec.tables import read_table
from repro_action.compare.artifact_rules import rule_for
from repro_action.config.model import Config, LimitsConfig
from repro_action.data.hash_file import digest_file
from repro_action.data.hash_folder import digest_folder
from repro_action.digest import Algorithm, Digest
from repro_action.errors import ArtifactUnreadable, StepError
from repro_action.fingerprint import Materials, Metrics, Product
from repro_action.folded_values import leaf_room
from repro_action.listing import MANY, ROOM, flatten, flatten_like, has_type, share
from repro_action.readers.arrays import unreadable_leaf
from repro_action.readers.dtypes import JSON_TABLES
from repro_action.readers.protocol import ReadContext, ReadOptions
from repro_action.runs.exclusion_rules import check_used, rules_for_output, rules_of_product
from repro_action.runs.plan import RunPlan
from repro_action.runs.pruning import Rules, prune
from repro_action.tree import Leaf, LeafDigester, Node, Scalar, Tree

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
        ConfigError: a pattern of `byproducts` matches nothing.
    """
    base = root or config.root
    used: set[tuple[str, str]] = set()
    trees: dict[str, Tree] = {}
    for output in sorted(plan.outputs):
        if output not in config.metrics:
            trees[output], found = _read(config, output, base / output)
            rule = rule_for(output, config.artifacts)
            used |= {(rule.glob if rule is not None else "", name) for name in found}
    check_used(config, trees, used)
    roots = {output: tree.root for output, tree in trees.items()}
    shared = share(roots) if len(roots) <= MANY else None
    return ReadOutputs(
        products={
            output: as_product(
                tree,
                step=plan.writer(output),
                size=_size(base / output),
                digest=_digest(base / output, config.digest) if shared is not None else tree.root.digest,
                leaves=shared[output] if shared is not None else {},
            )
            for output, tree in trees.items()
        },
        metrics={file: _metrics(base, file) for file in sorted(config.metrics)},
        roots=roots,
    )


def beside_values(read: ReadOutputs, materials: Materials) -> Mapping[str, Product]:
    """Return the products, listed less deep where metrics and materials take much of a baseline's room."""
    room = leaf_room(materials, read.metrics)
    if room >= ROOM or len(read.roots) > MANY:
        return read.products
    lines = share(read.roots, room)
    return {path: replace(product, leaves=lines[path]) for path, product in read.products.items()}


def read_ahead(config: Config, outputs: Iterable[str]) -> None:
    """Let outputs of a step that has ended be read while later steps run.

    What is asked is what `read_outputs` asks, which takes the trees of files that are the same by then.

    Args:
        config: digests, limits and metrics.
        outputs: declared paths.
    """
    for output in outputs:
        if output not in config.metrics:
            options = _options(config.digest, printed=_is_printed(config, output))
            reading.ask(config.root / output, options, limits=reading.ReadingLimits.of(config.limits))


def read_product(config: Config, plan: RunPlan, output: str) -> Product:
    """Read one file of the project as a product, also where it is declared as metrics."""
    path = config.root / output
    tree, _ = _read(config, output, path)
    return as_product(
        tree,
        step=plan.writer(output),
        size=_size(path),
        digest=_digest(path, config.digest),
        leaves=flatten(tree.root),
    )


def read_elsewhere(config: Config, output: str, place: Path, *, step: str) -> tuple[Product, Node]:
    """Read what an output was, from a copy; returns it without leaves, and its whole tree.

    Args:
        config: rules and limits.
        output: its path in the project.
        place: of the copy.
        step: that writes it.
    """
    tree, _ = _read(config, output, place)
    digest = _digest(place, config.digest)
    return as_product(tree, step=step, size=_size(place), digest=digest, leaves={}), tree.root


def _read(config: Config, output: str, path: Path) -> tuple[Tree, frozenset[str]]:
    tree = read_or_digest(path, config.digest, printed=_is_printed(config, output), limits=config.limits)
    return prune(tree, rules_for_output(config, output), algorithm=config.digest)


def _is_printed(config: Config, output: str) -> bool:
    return any(step.stdout == output for step in config.steps)


def read_or_digest(
    path: Path,
    algorithm: Algorithm,
    *,
    statistics: bool = True,
    printed: bool = False,
    limits: LimitsConfig | None = None,
) -> Tree:
    """Read a product; one that cannot be read is a leaf that says why, over the digest of its bytes.

    Args:
        path: a file or folder.
        algorithm: the content algorithm.
        statistics: whether to summarize numeric arrays.
        printed: whether it is what a step printed.
        limits: of the configuration; the defaults where None.

    Raises:
        ReproError: not even its bytes can be read.
    """
    try:
        options = _options(algorithm, statistics=statistics, printed=printed)
        return reading.read(path, options, limits=reading.ReadingLimits.of(limits or LimitsConfig()))
    except ArtifactUnreadable as error:
        context = ReadContext(digester=LeafDigester(algorithm))
        leaf = unreadable_leaf(error.what, context, str(_digest(path, algorithm)).encode())
        return Tree(format="bytes", root=leaf, reason=error.what)


def _options(algorithm: Algorithm, *, statistics: bool = True, printed: bool = False) -> ReadOptions:
    return ReadOptions(algorithm=algorithm, statistics=statistics, printed=printed)


def as_product(tree: Tree, *, step: str, size: int, digest: Digest, leaves: Mapping[str, Leaf]) -> Product:
    """Make a product of a tree and of a listing of it; the rest is as in `Product`.

    Args:
        tree: as it was read.
        step: that wrote the file.
        size: in bytes.
        digest: of the file.
        leaves: path → leaf, as the baseline lists them.
    """
    return Product(
        step=step,
        format=tree.format,
        size=size,
        digest=digest,
        leaves=leaves,
        excluded={found.path: found.rule for found in tree.excluded},
        reason=tree.reason,
    )


def listed_like(product: Product, root: Node, other: Product) -> Product:
    """Return a product as deep as another one of the same path is listed; `root` is its tree."""
    digest = root.digest if other.by_tree else product.digest
    return replace(product, leaves=flatten_like(root, other.leaves), digest=digest)


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
        tree = read_or_digest(kept, config.digest, printed=_is_printed(config, path), limits=config.limits)
        # The rules of the baseline may have been others; today's apply to both sides.
        rules = rules_of_product(before)
        accepted, _ = prune(tree, rules, algorithm=config.digest)
        if _digests(_listed_like(accepted.root, before, kept, rules, config)) == _digests(before.leaves):
            now, _ = prune(tree, rules_for_output(config, path), algorithm=config.digest)
            return whole_listing(now.root), whole_listing(root)
    rules = rules_for_output(config, path)
    return dict(before.leaves), _listed_like(root, before, config.root / path, rules, config)


def _listed_like(root: Node, before: Product, file: Path, rules: Rules, config: Config) -> dict[str, Leaf]:
    """List a tree as deep as a baseline lists it, and JSON records one by one where that does.

    Args:
        root: the tree, with JSON records as tables.
        before: as the baseline has it.
        file: what the tree was read from.
        rules: what was left out of it.
        config: content algorithm and limits.
    """
    listed = flatten_like(root, before.leaves)
    if not has_type(root, JSON_TABLES) or any(leaf.dtype in JSON_TABLES for leaf in before.leaves.values()):
        return listed
    try:
        options = ReadOptions(algorithm=config.digest, tables=False)
        tree = reading.read(file, options, limits=reading.ReadingLimits.of(config.limits))
    except ArtifactUnreadable:
        return listed
    earlier, _ = prune(tree, rules, algorithm=config.digest)
    # A line that stands for a whole branch does not say which release listed it.
    return max(
        listed, flatten_like(earlier.root, before.leaves), key=lambda lines: _agreeing(lines, before.leaves)
    )


def _digests(lines: Mapping[str, Leaf]) -> dict[str, Digest]:
    return {path: leaf.digest for path, leaf in lines.items()}


def _agreeing(lines: Mapping[str, Leaf], others: Mapping[str, Leaf]) -> int:
    return sum(1 for path, leaf in others.items() if path in lines and lines[path].digest == leaf.digest)


def whole_listing(root: Node) -> dict[str, Leaf]:
    """List a tree far deeper than a baseline does."""
    return flatten(root, limit=WHOLE, siblings=WHOLE, room=None)


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
