# SPDX-License-Identifier: Apache-2.0
"""Reads what the steps wrote: products as leaves, metrics as values."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from repro_action.artifacts import read_artifact
from repro_action.compare.products import rule_for
from repro_action.config.model import Config
from repro_action.digest import Algorithm, Digest
from repro_action.errors import StepError
from repro_action.fingerprint import Metrics, Product
from repro_action.pins.files import digest_file
from repro_action.pins.folder import digest_folder
from repro_action.runs.plan import Plan
from repro_action.tables import read_table
from repro_action.tree import Scalar, Tree, flatten, prune


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """Products and metrics of one run."""

    products: Mapping[str, Product]
    metrics: Metrics


def read_outputs(config: Config, plan: Plan, *, root: Path | None = None) -> Read:
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
    products = {
        output: read_product(
            base / output, step=step, matches=_rules(config, output), algorithm=config.digest
        )
        for output, step in sorted(plan.outputs.items())
        if output not in config.metrics
    }
    return Read(products=products, metrics={file: _metrics(base, file) for file in sorted(config.metrics)})


def read_product(
    path: Path, *, step: str, matches: Callable[[str], str] | None, algorithm: Algorithm
) -> Product:
    """Read one output.

    Args:
        path: file or folder.
        step: that wrote it.
        matches: leaf path → name of the rule that leaves it out of equality, or `""`.
        algorithm: the content algorithm.
    """
    tree = read_artifact(path, algorithm=algorithm)
    if matches is not None:
        tree = prune(tree, matches, algorithm=algorithm)
    return as_product(tree, step=step, size=_size(path), digest=_digest(path, algorithm))


def as_product(tree: Tree, *, step: str, size: int, digest: Digest) -> Product:
    """Make a product of a tree."""
    return Product(
        step=step,
        format=tree.format,
        size=size,
        digest=digest,
        leaves=flatten(tree.root),
        excluded={found.path: found.rule for found in tree.excluded},
        reason=tree.reason,
    )


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
            cure="Declare it among the outputs of the step that writes it.",
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
