# SPDX-License-Identifier: Apache-2.0
"""Where Nix found that a step's outputs differ from those of an earlier build: which leaf it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from repro_action.compare.difference import Difference
from repro_action.compare.judge import compare
from repro_action.config.model import Config
from repro_action.fingerprint import Fingerprint
from repro_action.runs.plan import RunPlan
from repro_action.runs.products import listed_like, read_outputs


def against_earlier(
    config: Config, plan: RunPlan, candidate: Fingerprint, earlier: Mapping[str, Path]
) -> Difference | None:
    """Compare a run with what earlier builds from the very same inputs gave.

    Nix compares bytes; here leaves are compared, so noise of the container format is not a difference.

    Args:
        config: rules and metrics files.
        plan: which step writes what.
        candidate: the run.
        earlier: step → folder of the earlier outputs, as a sandbox reported it.

    Returns:
        None where Nix found nothing.

    Raises:
        StepError: the earlier outputs cannot be read.
    """
    if not earlier:
        return None
    products, metrics = dict(candidate.products), dict(candidate.metrics)
    for step, folder in earlier.items():
        own = replace(plan, steps=tuple(each for each in plan.steps if each.name == step))
        files = {file: rules for file, rules in config.metrics.items() if plan.writer(file) == step}
        read = read_outputs(replace(config, metrics=files), own, root=folder)
        products |= {
            path: listed_like(product, read.roots[path], candidate.products[path])
            for path, product in read.products.items()
        }
        metrics |= read.metrics
    return compare(replace(candidate, products=products, metrics=metrics), candidate)
