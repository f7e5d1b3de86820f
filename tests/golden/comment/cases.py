# SPDX-License-Identifier: Apache-2.0
"""The bundles of the golden comments, as values; what is posted of each stands beside."""

from __future__ import annotations

from dataclasses import replace

from golden.comment.flips import flips
from golden.comment.hostile import EVIL, HOSTILE_CONTEXT, hostile
from golden.comment.moved import moved
from golden.comment.parts import CONTEXT, Case, bundle, entry
from golden.comment.several import fleet, many, one_edit
from golden.comment.single import LOSS, MOVED, flaky, new_baseline, new_model, other_materials, stale, tiny
from golden.report.cases import CASES
from golden.report.parts import (
    change,
)

from repro_action.report.model import EarlierRun

EARLIER = EarlierRun(run=4711, date="2026-11-30", commit="0123456789abcdef0123456789abcdef01234567")

CASES_OF_COMMENTS = {
    "reproduced": Case(bundle=bundle(entry(replace(CASES["reproduced"], change=change())))),
    "verified_before": Case(
        bundle=bundle(
            entry(replace(CASES["reproduced"], change=change(), steps=(), verified_in=EARLIER)),
        )
    ),
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
    "flips": Case(bundle=bundle(entry(flips()))),
    "moved": Case(bundle=bundle(entry(moved()))),
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
