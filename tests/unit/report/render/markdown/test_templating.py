# SPDX-License-Identifier: Apache-2.0
"""Templates escape what they print, and can do nothing with a value but read it."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from jinja2 import nodes
from jinja2.exceptions import SecurityError, TemplateAssertionError, UndefinedError

from repro_action.report import sections
from repro_action.report.render.markdown import templating
from repro_action.report.render.markdown.escape import Markdown

HOSTILE = "<img src=x> @org/team [a](http://x.y)"
TEMPLATES = sorted(path.name for path in templating.FOLDER.iterdir())


@dataclass(frozen=True)
class Value:
    text: str = HOSTILE
    _hidden: str = "x"

    def ran(self) -> str:
        raise AssertionError


def made(source: str, **values: object) -> str:
    return templating.environment().from_string(source).render(values)


def test_a_value_is_escaped_without_asking():
    assert made("{{ value.text }}", value=Value()) == f"`{HOSTILE}`"


def test_markdown_is_not_escaped_again():
    assert made("{{ value }}", value=Markdown("**a** `b`")) == "**a** `b`"


@pytest.mark.parametrize(
    "source",
    [
        "{{ (value, value) | joined(' and ') }}",
        "{{ (value,) | row }}",
        "{% set copy %}{{ value }}{% endset %}{{ copy }}",
        "{% macro shown(text) %}{{ text }}{% endmacro %}{{ shown(value) }}",
        "{{ value or 'none' }}",
        "{{ value if value else 'none' }}",
    ],
)
def test_there_is_no_way_around_the_escaper(source):
    outside = made(source, value=HOSTILE).split("`")[::2]
    assert not any("<" in text or "@" in text or "[" in text for text in outside)


@pytest.mark.parametrize("source", ["{{ value.ran() }}", "{{ value.text.upper() }}", "{{ joined(value) }}"])
def test_a_template_calls_nothing_of_a_value(source):
    with pytest.raises((SecurityError, UndefinedError)):
        made(source, value=Value())


@pytest.mark.parametrize("source", ["{{ value._hidden }}", "{{ value.__class__ }}", "{{ value.misspelt }}"])
def test_what_a_value_hides_or_lacks_is_an_error(source):
    with pytest.raises((SecurityError, UndefinedError)):
        made(source, value=Value())


@pytest.mark.parametrize("name", ["safe", "join", "replace", "format", "attr", "map"])
def test_filters_that_could_join_texts_unescaped_are_not_there(name):
    with pytest.raises(TemplateAssertionError):
        made(f"{{{{ value | {name} }}}}", value="x")


@pytest.mark.parametrize("name", TEMPLATES)
def test_no_template_joins_texts_past_the_escaper(name):
    environment = templating.environment()
    source, _, _ = environment.loader.get_source(environment, name)
    tree = environment.parse(source)
    for kind in (nodes.Concat, nodes.Add, nodes.Mod, nodes.MarkSafe, nodes.ScopedEvalContextModifier):
        assert not list(tree.find_all(kind))


def test_every_template_is_used_by_code_or_by_another():
    folder = templating.FOLDER.parent
    paths = (*folder.glob("*.py"), *Path(sections.__file__).parent.glob("*.py"), *templating.FOLDER.iterdir())
    users = "\n".join(path.read_text() for path in paths)
    for name in TEMPLATES:
        used = f'"{name.removesuffix(".md.j2")}"' in users or f'"{name}"' in users
        assert used, f"{name} is used by nothing"


def test_the_templates_of_a_run_are_compiled_ahead_of_time():
    templating.load_templates()
    loaded = {name for _, name in templating.environment().cache}
    assert {name for name in TEMPLATES if not name.startswith("probe")} <= loaded


@pytest.mark.processes
@pytest.mark.parametrize(
    "module", ["report.render.markdown.report", "report.render.markdown.comment", "flows.verify", "cli"]
)
def test_the_template_engine_is_not_loaded_before_something_is_rendered(module):
    code = f"import sys, repro_action.{module}; sys.exit('jinja2' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
