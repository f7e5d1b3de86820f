# SPDX-License-Identifier: Apache-2.0
"""A page shows foreign text as text: nothing in it is loaded or run."""

from html.parser import HTMLParser

from hypothesis import given
from reports import hostile

from repro_action.evidence.pack.page import page
from repro_action.report.render.markdown.escape import code


class Tags(HTMLParser):
    """Collects what a browser would make elements of."""

    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, tuple(name for name, _ in attributes)))


def test_a_table_is_a_table():
    text = page("t", "| a | b |\n| --- | --- |\n| 1 | `x` |\n")
    assert "<td><code>x</code></td>" in text


@given(hostile)
def test_foreign_text_makes_no_element(text):
    plain, odd = (Tags(page(one, f"# {code(f'x{one}')}\n")).found for one in ("plain", text))
    assert plain == odd


@given(hostile)
def test_no_markdown_makes_what_loads_or_runs(text):
    tags = Tags(page("t", text)).found
    assert not {"script", "img", "iframe", "object", "link", "form", "input", "svg"} & {
        tag for tag, _ in tags
    }
    assert {name for _, names in tags for name in names} <= {
        *("lang", "charset", "http-equiv", "content", "name", "href", "title", "class", "start", "style")
    }
    assert "javascript:" not in page("t", f"[a](javascript:{text})").split("<body>")[1].partition("href=")[2]
