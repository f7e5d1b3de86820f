# SPDX-License-Identifier: Apache-2.0
"""Which rules of the configuration leave parts of outputs out of equality, and whether each has an effect."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from repro_action.compare.artifact_rules import rule_for
from repro_action.config.model import ArtifactRule, Config
from repro_action.errors import ConfigError
from repro_action.exclusions import AS_METRICS
from repro_action.fingerprint import Product
from repro_action.listing import flatten
from repro_action.paths.leaf_patterns import LeafPattern, literal_leaf
from repro_action.paths.patterns import covers
from repro_action.runs.pruning import Rules, prune
from repro_action.tree import Node, Tree

BYPRODUCTS = "byproducts: "
"""Start of the name of a rule of the configuration in reports; the pattern follows."""


def rules_for_output(config: Config, output: str) -> Rules:
    """Return what leaves parts of an output out: declared byproducts, and metrics files in a folder."""
    rule = rule_for(output, config.artifacts)
    inside = [file.removeprefix(f"{output}/") for file in config.metrics if file.startswith(f"{output}/")]
    return (
        *((AS_METRICS, literal_leaf(file)) for file in inside),
        *((BYPRODUCTS + glob, LeafPattern(glob)) for glob in (rule.byproducts if rule is not None else ())),
    )


def rules_of_product(product: Product) -> Rules:
    """Return the rules of the configuration under which a product was accepted."""
    found = set(product.left_out())
    metrics = [path for path, rule in product.excluded.items() if rule == AS_METRICS]
    return (
        *((AS_METRICS, literal_leaf(file)) for file in metrics),
        *(
            (rule, LeafPattern(rule.removeprefix(BYPRODUCTS)))
            for rule in sorted(found)
            if rule.startswith(BYPRODUCTS)
        ),
    )


def check_used(config: Config, trees: Mapping[str, Tree], used: Collection[tuple[str, str]]) -> None:
    """Refuse a rule that left nothing out: it is a spelling mistake, or no longer needed.

    Args:
        config: its rules for artifacts.
        trees: of the outputs that are no metrics files.
        used: pattern of outputs and name of each rule that left something out.

    Raises:
        ConfigError: a pattern of `byproducts` matches no leaf of any output that it is for.
    """
    for rule in config.artifacts:
        unused = next((glob for glob in rule.byproducts if (rule.glob, BYPRODUCTS + glob) not in used), None)
        if unused is None:
            continue
        outputs = [path for path in trees if rule_for(path, config.artifacts) is rule]
        overruled = _overruled(config, rule, trees)
        raise ConfigError(
            f'[artifacts."{rule.glob}"] byproducts: {unused!r} matches no leaf'
            + (f" of {outputs[0]}" if outputs else ""),
            why=overruled or "What it was meant to leave out is still compared.",
            remedy=_nearest(unused, trees[outputs[0]].root)
            if outputs
            else "Write it into the rule that decides, or remove it."
            if overruled
            else "Remove it, or name an output that is compared leaf by leaf.",
            where=config.path.name,
        )


def _overruled(config: Config, rule: ArtifactRule, trees: Mapping[str, Tree]) -> str:
    """Say which outputs that a rule names are read under another one; empty where there are none."""
    for path in trees:
        decides = rule_for(path, config.artifacts)
        if covers(rule.glob, path) and decides is not None and decides is not rule:
            return f'For {path} the later [artifacts."{decides.glob}"] decides: the last rule that matches.'
    return ""


def _nearest(glob: str, root: Node) -> str:
    deeper = f"**.{glob.lstrip('.')}"
    if prune(Tree(format="", root=root), (("", LeafPattern(deeper)),))[1]:
        return f"`*` stays inside one name; {deeper!r} would match at any depth."
    shown = ", ".join([path for path in flatten(root) if path][:3])
    return f"Its leaves are, for instance: {shown}." if shown else "It has no leaves with names."
