# SPDX-License-Identifier: Apache-2.0
"""What the bundles of the golden comments are made of, and where they are posted."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

from factories import make_fingerprint, make_product

from repro_action.baseline import Baseline
from repro_action.fingerprint import Fingerprint, Unlisted
from repro_action.report.bundle import Bundle, Entry
from repro_action.report.model import Report, State
from repro_action.report.render.markdown.comment import CommentContext, render
from repro_action.tree import Scalar
from repro_action.verdict import Verdict

COMMIT = "1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d"


CONTEXT = CommentContext(
    marker="<!-- repro-action:v1:wine -->",
    run_url="https://github.com/acme/models/actions/runs/9876543210",
    commit=COMMIT,
    base="main",
    branch="deeper-trees",
    accept=True,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What is posted, and where."""

    bundle: Bundle
    context: CommentContext = CONTEXT
    budget: int = 60_000


def fingerprint_of(shown: Report) -> Fingerprint:
    """Return a fingerprint that a report could be of."""
    steps = tuple(step.name for step in shown.steps)
    if shown.claim is None:
        return make_fingerprint(steps=steps)
    metrics: dict[str, dict[str, Scalar]] = {}
    for row in shown.claim.metrics:
        if row.state is not State.MISSING:
            metrics.setdefault(row.file, {})[row.name] = row.after
    products = {
        each.path: replace(make_product(size=each.size_after), format=each.format)
        for each in shown.claim.artifacts
        if each.size_after is not None
    }
    for each in shown.claim.excluded:
        product = products.get(each.artifact, make_product())
        listed = min(each.count, 1_000)
        left_out = {f"{each.rule} {number}": each.rule for number in range(listed)}
        more = Counter(product.unlisted.rules if product.unlisted else {}) + Counter(
            {each.rule: each.count - listed}
        )
        products[each.artifact] = replace(
            product,
            excluded={**product.excluded, **left_out},
            unlisted=Unlisted(rules=dict(more)) if more else None,
        )
    return make_fingerprint(
        platform=shown.claim.after.platform, steps=steps, metrics=metrics, products=products
    )


def entry(report: Report, config: str = "repro.toml", **fields: object) -> Entry:
    folder, slash, _ = config.rpartition("/")
    candidate = None
    if report.verdict is not Verdict.FAILED:
        candidate = Baseline(name=report.name).accept(fingerprint_of(report))
    values = {"baseline": f"{folder}{slash}repro.baseline.json", "candidate": candidate, "trained": True}
    return Entry(config=config, report=report, **{**values, **fields})


def bundle(*entries: Entry) -> Bundle:
    return Bundle(tool="0.1.0", entries=entries)


def rendered(*reports: Report, **context: object) -> str:
    """Return the comment on reports of one model, or of several."""
    entries = (
        entry(value, f"models/{place}/repro.toml" if len(reports) > 1 else "repro.toml")
        for place, value in enumerate(reports)
    )
    return render(bundle(*entries), replace(CONTEXT, **context))
