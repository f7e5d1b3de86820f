# SPDX-License-Identifier: Apache-2.0
"""Changed rules stand above the metrics that they let pass."""

from __future__ import annotations

from dataclasses import replace

from golden.comment.parts import CONTEXT, bundle, entry
from golden.report.cases import CASES
from reports import SNIPPETS, structure

from repro_action.compare.config_change import ConfigChange, ModelChange, ModelState, Strictness
from repro_action.report.bundle import Bundle
from repro_action.report.config_changes import ConfigChanges, OutsideMetric
from repro_action.report.model import Report
from repro_action.report.render.markdown import comment
from repro_action.report.render.terminal import report as terminal

ATOL = 'metrics."out/metrics.json".accuracy.atol'
WEAKER = ConfigChanges(
    base="main",
    revision="0123456789ab",
    settings=(
        ConfigChange(setting=ATOL, before=0.0, after=10.0, strictness=Strictness.WEAKER),
        ConfigChange(setting="outputs", before="out/roc.csv", after=None, strictness=Strictness.WEAKER),
        ConfigChange(setting="environment.backend", before="nix", after="venv", strictness=Strictness.CHANGED),
    ),
    outside=(
        OutsideMetric(
            file="out/metrics.json", name="accuracy", before=0.9312, after=0.8312, relative=-0.1074
        ),
        OutsideMetric(file="out/metrics.json", name="recall", before=0.5, after=None),
    ),
    outside_artifacts=("out/model.npz",),
)  # fmt: skip
OUTSIDE = "`accuracy` 0.9312 → 0.8312 (-11 %), `recall` is not read, `out/model.npz`"
GONE = ModelChange(config="models/ash/repro.toml", name="ash", state=ModelState.REMOVED)
MOVED = ModelChange(config="b/repro.toml", name="oak", state=ModelState.MOVED, before="a/repro.toml")


def weakened(case: str = "equivalent", changes: ConfigChanges = WEAKER) -> Report:
    return replace(CASES[case], config_changes=changes)


def test_weaker_rules_are_listed_above_the_metrics_with_what_the_base_would_not_allow() -> None:
    body = comment.render(bundle(entry(weakened())), CONTEXT)
    assert "**⚠️ Weaker rules than main**" in body
    assert f"- weaker: `{ATOL}` `0.0` → `10.0`\n" in body
    assert "- weaker: `outputs` `out/roc.csv` removed\n" in body
    assert '- changed: `environment.backend` `"nix"` → `"venv"`\n' in body
    assert f"Outside the rules of main: {OUTSIDE}." in body
    assert body.index("Weaker rules") < body.index("| `accuracy`")
    assert "**Next:** review the weaker rules; merging makes them those of main." in body


def test_of_several_models_each_has_its_rules_and_the_models_that_are_gone_are_named_once() -> None:
    several = bundle(
        entry(weakened(), "models/one/repro.toml"), entry(CASES["reproduced"], "models/b/repro.toml")
    )
    body = comment.render(replace(several, models=(GONE, MOVED)), CONTEXT)
    assert 1 == body.count("Weaker rules than main")
    assert "**⚠️ No longer verified:** `ash` (`models/ash/repro.toml`)" in body
    assert "**Moved:** `oak` (`a/repro.toml` → `b/repro.toml`)" in body


def test_a_terminal_shows_the_same() -> None:
    text = terminal.render(weakened(), width=100)
    assert "rules         weaker rules than main" in text
    assert f"{ATOL}: 0.0 → 10.0 (weaker)" in text
    assert "outputs: out/roc.csv removed (weaker)" in text
    assert "accuracy 0.9312 → 0.8312 (-11 %)" in text
    assert text.isascii() is False
    assert terminal.render(weakened(), width=100, ascii_only=True).isascii()


def test_a_base_that_cannot_be_read_says_why() -> None:
    unread = ConfigChanges(base="main", former="a/repro.toml", unread="it is not valid TOML")
    body = comment.render(bundle(entry(weakened(changes=unread))), CONTEXT)
    assert "**Other rules than main**" in body
    assert "There the configuration is `a/repro.toml`." in body
    assert "The configuration there cannot be read: it is not valid TOML" in body


def _foreign(text: str) -> Bundle:
    setting = ConfigChange(setting=text, before=text, after=text, strictness=Strictness.WEAKER)
    metric = OutsideMetric(file=text, name=text, before=text, after=text)
    changes = ConfigChanges(
        base=text, former=text, settings=(setting,), outside=(metric,), outside_artifacts=(text,), unread=text
    )
    model = ModelChange(config=text, name=text, state=ModelState.MOVED, before=text)
    return replace(bundle(entry(weakened(changes=changes))), models=(model,))


def test_no_text_of_a_configuration_is_markup() -> None:
    plain = structure(comment.render(_foreign("plain"), replace(CONTEXT, base="")))
    assert plain == structure(comment.render(_foreign("".join(SNIPPETS)), replace(CONTEXT, base="")))


def test_a_limit_of_bytes_is_written_as_in_the_configuration() -> None:
    limit = ConfigChange(setting="limits.memory", before=2 << 30, after=None, strictness=Strictness.WEAKER)
    changes = ConfigChanges(base="main", settings=(limit,))
    assert "limits.memory: 2 GiB → none (weaker)" in terminal.render(weakened(changes=changes), width=100)
