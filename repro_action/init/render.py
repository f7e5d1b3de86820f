# SPDX-License-Identifier: Apache-2.0
"""From what is going to be proposed to the text of a repro.toml."""

from __future__ import annotations

from collections.abc import Iterable
from textwrap import wrap

from repro_action.config.model import Step
from repro_action.config.prediction_config import PredictionConfig
from repro_action.config.write import SCHEMA_URL, key, step_text, text
from repro_action.digest import Digest
from repro_action.init.metrics import goal
from repro_action.init.plan import InitPlan
from repro_action.init.scripts import Script
from repro_action.init.survey import Survey

_WIDTH = 98
"""Characters of a comment's line."""


_DETERMINISM = """\
[determinism]
profile = "portable"         # the same bits on every CPU of the platform class
threads = 1
entropy = "record"           # randomness that nobody seeded is recorded"""


def render(made: InitPlan, survey: Survey, pins: list[tuple[str, Digest, str]], lines: list[str]) -> str:
    """Return the text of a configuration.

    Args:
        made: what is proposed.
        survey: of the repository.
        pins: path, digest and where the digest is from, of the data.
        lines: what is below `[environment]`.
    """
    seed, fetches = _seed(survey), made.sources or any(script.fetches for script in _used(made, survey))
    pinned = {path for path, _, _ in pins}
    blocks = [
        f"#:schema {SCHEMA_URL}\n# Proposed by `repro init`; every line is yours to change.",
        f"version = 1\nname = {text(survey.name)}\nseed = {seed}",
        "\n".join(["[environment]", *lines]),
        _DETERMINISM,
        _sandbox_text(fetches=bool(fetches)),
        *(_data_text(path, digest, remark) for path, digest, remark in pins),
        *(_source_text(path, url) for path, url in made.sources.items() if path not in pinned),
        *(_step_text(step, made.questions.get(step.name, ())) for step in made.steps),
        *(_metrics_text(path, names) for path, names in made.metrics.items()),
        *map(_predictions_text, made.predictions),
    ]
    return "\n\n".join(blocks) + "\n"


def _step_text(step: Step, questions: Iterable[str]) -> str:
    """Return the table of a step, with what is not sure about it as comments above."""
    comments = [line for question in questions for line in wrap(f"to check: {question}", width=_WIDTH)]
    return "\n".join(["[[steps]]", *(f"# {line}" for line in comments), step_text(step)])


def _sandbox_text(*, fetches: bool) -> str:
    network = (
        "network = true               # a script fetches something; pin it as data, then this can be false"
        if fetches
        else "network = false              # steps see no network"
    )
    files = 'files = "declared"           # they read only what they declare; "any": everything'
    return f"[sandbox]\n{network}\n{files}"


def _used(made: InitPlan, survey: Survey) -> list[Script]:
    inputs = {path for step in made.steps for path in step.inputs}
    return [script for script in survey.scripts if script.path in inputs]


def _seed(survey: Survey) -> int:
    return next((script.seed for script in survey.scripts[:1] if script.seed is not None), 0)


def _data_text(path: str, digest: Digest, remark: str) -> str:
    comment = f"# {remark}\n" if remark and remark.isprintable() else ""
    return f"[[data]]\n{comment}path = {text(path)}\ndigest = {text(str(digest))}"


def _source_text(path: str, url: str) -> str:
    comment = "# no digest yet: `repro pin` fetches the file and writes it"
    return f"[[data]]\npath = {text(path)}\nsource = {text(url)}\n{comment}"


def _metrics_text(path: str, names: tuple[str, ...]) -> str:
    lines = [f'{key(name)} = {{ goal = "{goal(name)}" }}' for name in names]
    return "\n".join(
        [
            f"[{key('metrics', path)}]",
            "# Compared exactly unless atol, rtol or max_worsening is given.",
            *lines,
        ]
    )


def _predictions_text(one: PredictionConfig) -> str:
    columns = {"key": one.key, "label": one.label, "score": one.score, "truth": one.truth}
    return "\n".join(
        [
            f"[{key('predictions', one.path)}]",
            "# Compared row by row: which decisions flip. Rows are shown only with show_rows = true.",
            *(f"{name} = {text(column)}" for name, column in columns.items() if column),
        ]
    )
