# SPDX-License-Identifier: Apache-2.0
"""Named rules that leave byproducts inside of models, such as timings, out of equality.

A rule goes by type and attribute, so it holds in every format that keeps them. What it leaves
out stays visible in `Tree.excluded`, and never counts towards a digest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from repro_action.listing import join
from repro_action.readers.protocol import ReadContext
from repro_action.tree import Branch, Excluded, Node, Tree, without

_LISTED = 10_000
"""Paths listed at most; shared branches are reached by many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ByproductRule:
    """Which parts of which objects are byproducts.

    Attributes:
        name: as it appears in reports.
        types: full type names of the objects.
        parts: segments below such an object.
    """

    name: str
    types: frozenset[str]
    parts: tuple[tuple[str, ...], ...]


RULES = (
    ByproductRule(
        name="fit-times",
        types=frozenset(
            {
                "sklearn.model_selection._search.GridSearchCV",
                "sklearn.model_selection._search.RandomizedSearchCV",
                "sklearn.model_selection._search_successive_halving.HalvingGridSearchCV",
                "sklearn.model_selection._search_successive_halving.HalvingRandomSearchCV",
            }
        ),
        parts=(
            (".refit_time_",),
            (".cv_results_", "['mean_fit_time']"),
            (".cv_results_", "['std_fit_time']"),
            (".cv_results_", "['mean_score_time']"),
            (".cv_results_", "['std_score_time']"),
        ),
    ),
    # scikit-learn keeps the address of the list of stop words, to notice when it is replaced.
    ByproductRule(
        name="object-addresses",
        types=frozenset(
            {
                f"sklearn.feature_extraction.text.{name}"
                for name in ("CountVectorizer", "TfidfVectorizer", "HashingVectorizer")
            }
        ),
        parts=(("._stop_words_id",),),
    ),
    # Drawn anew in each process, to find a function again that was loaded already.
    ByproductRule(
        name="numba-dispatcher-ids",
        types=frozenset({"numba.core.registry.CPUDispatcher"}),
        parts=((".uuid",),),
    ),
    # A list of what was done when, on which platform, and the seconds that training took.
    ByproductRule(
        name="gensim-lifecycle",
        types=frozenset(
            {
                "gensim.models.doc2vec.Doc2Vec",
                "gensim.models.fasttext.FastText",
                "gensim.models.ldamodel.LdaModel",
                "gensim.models.ldamulticore.LdaMulticore",
                "gensim.models.lsimodel.LsiModel",
                "gensim.models.phrases.FrozenPhrases",
                "gensim.models.phrases.Phrases",
                "gensim.models.tfidfmodel.TfidfModel",
                "gensim.models.word2vec.Word2Vec",
                "gensim.corpora.dictionary.Dictionary",
            }
        ),
        parts=((".lifecycle_events",), (".total_train_time",)),
    ),
    ByproductRule(
        name="optuna-times",
        types=frozenset({"optuna.trial._frozen.FrozenTrial"}),
        parts=((".datetime_start",), ("._datetime_start",), (".datetime_complete",)),
    ),
)

_BY_TYPE: Mapping[str, ByproductRule] = MappingProxyType(
    {type_name: rule for rule in RULES for type_name in rule.types}
)


@dataclass(slots=True)
class _Sweep:
    """One walk over a tree; shared branches are rebuilt once."""

    algorithm: str
    kept: dict[int, Node] = field(default_factory=dict)
    dropped: dict[int, list[tuple[str, str]]] = field(default_factory=dict)
    """By the identity of an old branch: `(path below it, rule)`."""

    def rebuild(self, root: Node) -> Node:
        """Return the tree without byproducts; nothing is copied where there are none."""
        stack = [root]
        while stack:
            node = stack[-1]
            if id(node) in self.kept or not isinstance(node, Branch):
                self.kept.setdefault(id(node), node)
                stack.pop()
                continue
            waiting = [child for _, child in node.children if id(child) not in self.kept]
            if waiting:
                stack.extend(waiting)
                continue
            self.kept[id(node)] = self._without(node)
            stack.pop()
        return self.kept[id(root)]

    def _without(self, node: Branch) -> Branch:
        children = [(segment, self.kept[id(child)]) for segment, child in node.children]
        rule = _BY_TYPE.get(node.type)
        if rule is not None:
            children = self._apply(rule, node, children)
        if all(new is old for (_, new), (_, old) in zip(children, node.children, strict=False)) and len(
            children
        ) == len(node.children):
            return node
        return without(node, children, algorithm=self.algorithm)

    def _apply(
        self, rule: ByproductRule, node: Branch, children: list[tuple[str, Node]]
    ) -> list[tuple[str, Node]]:
        found: list[tuple[str, str]] = []
        left: list[tuple[str, Node]] = []
        for segment, child in children:
            inner = {rest[0] for first, *rest in rule.parts if first == segment and rest}
            if (segment,) in rule.parts:
                found.append((segment, rule.name))
            elif isinstance(child, Branch) and inner & {name for name, _ in child.children}:
                found += [(segment + name, rule.name) for name, _ in child.children if name in inner]
                rest_of = [(name, grandchild) for name, grandchild in child.children if name not in inner]
                left.append((segment, without(child, rest_of, algorithm=self.algorithm)))
            else:
                left.append((segment, child))
        if found:
            self.dropped[id(node)] = found
        return left


def drop_byproducts(tree: Tree, context: ReadContext) -> Tree:
    """Leave the byproducts of known types out of a tree, and list them.

    Args:
        tree: what a reader made.
        context: the digester.
    """
    sweep = _Sweep(context.digester.algorithm)
    root = sweep.rebuild(tree.root)
    if not sweep.dropped:
        return tree
    excluded = _paths(tree.root, sweep)
    return Tree(format=tree.format, root=root, excluded=(*tree.excluded, *excluded), reason=tree.reason)


def _paths(old: Node, sweep: _Sweep) -> list[Excluded]:
    """List what was dropped, by full path; only branches that changed are walked."""
    listed: list[Excluded] = []
    stack: list[tuple[str, Node]] = [("", old)]
    while stack and len(listed) < _LISTED:
        path, node = stack.pop()
        if not isinstance(node, Branch) or sweep.kept[id(node)] is node:
            continue
        listed += [
            Excluded(path=join(path, rest), rule=rule) for rest, rule in sweep.dropped.get(id(node), ())
        ]
        stack.extend((join(path, segment), child) for segment, child in node.children)
    return sorted(listed, key=lambda entry: (entry.path, entry.rule))
