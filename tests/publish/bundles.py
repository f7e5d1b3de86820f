"""Bundles made from a few words."""

from dataclasses import replace

from factories import make_fingerprint, make_leaf, make_product

from repro_action.baseline import Baseline
from repro_action.codec.baseline import fingerprint_id
from repro_action.report.bundle import NAME, Bundle, Entry
from repro_action.report.json import bundle as bundle_json
from repro_action.report.model import Flavour, Report
from repro_action.verdict import Verdict


def candidate(content="new", platform="x86_64-v3"):
    product = make_product({"coef_": make_leaf(content)})
    return make_fingerprint(products={"out/model.joblib": product}, platform=platform)


def entry(
    verdict=Verdict.CHANGED,
    *,
    config="repro.toml",
    content="new",
    flavour=Flavour.NONE,
    headline="It changed.",
):
    fingerprint = candidate(content)
    folder = config.rpartition("/")[0]
    return Entry(
        config=config,
        baseline=f"{folder}/repro.baseline.json" if folder else "repro.baseline.json",
        report=Report(
            tool="1.0",
            name="wine",
            verdict=verdict,
            headline=headline,
            flavour=flavour,
            fingerprint=fingerprint_id(fingerprint),
        ),
        candidate=Baseline(name="wine").accept(fingerprint),
    )


def bundle(*entries):
    return Bundle(tool="1.0", entries=entries or (entry(),))


def files(made):
    return {NAME: bundle_json.dump(made).encode()}


def with_report(value, **changes):
    return replace(value, report=replace(value.report, **changes))
