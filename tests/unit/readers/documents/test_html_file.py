"""Pages of plots: ids that a library draws for each page are numbered; everything else is content."""

import pytest

from repro_action.readers import read_source
from repro_action.readers.protocol import BytesSource, ReadContext

CONTEXT = ReadContext(nest=read_source)
ONE, OTHER = "8c29f1a0-1111-4222-8333-0123456789ab", "0d1e2f30-9999-4aaa-9bbb-ba9876543210"
HEX, HEY = ONE.replace("-", ""), OTHER.replace("-", "")

PAGES = {
    "plotly": (
        '<div id="{}" class="plotly-graph-div"></div><script>Plotly.newPlot("{}", [{{"y": [1]}}])</script>',
        (ONE,) * 2,
        (OTHER,) * 2,
    ),
    "folium": (
        '<style>#map_{} {{}}</style><div class="folium-map" id="map_{}"></div><script>var tile_layer_{} = 1</script>',
        (HEX, HEX, HEY),
        (HEY, HEY, HEX),
    ),
    "styler": (
        '<style>#T_{}_row0_col0 {{color: red}}</style><table id="T_{}"><td id="T_{}_row0_col0">1</td></table>',
        ("1a2b3",) * 3,
        ("9f8e7",) * 3,
    ),
    "bokeh": (
        '<div id="{}" data-root-id="p1"></div><script type="application/json" id="{}">1</script>{{"docid":"{}"}}',
        (ONE, OTHER, ONE),
        (OTHER, ONE, OTHER),
    ),
    "altair": (
        '<div id="altair-viz-{}"></div><script>document.getElementById("altair-viz-{}")</script>',
        (HEX,) * 2,
        (HEY,) * 2,
    ),
}


def page(text, name="a.html"):
    return read_source(BytesSource(name, text.encode()), CONTEXT)


@pytest.mark.parametrize("name", PAGES)
def test_two_pages_of_one_plot_are_one_tree(name):
    text, *ids = PAGES[name]
    one, other = (page(text.format(*drawn)) for drawn in ids)
    assert "html" == one.format == other.format
    assert one.root == other.root
    assert {"html-ids"} == {entry.rule for entry in one.excluded}


@pytest.mark.parametrize("name", PAGES)
def test_everything_else_is_content(name):
    text, ids, _ = PAGES[name]
    others = (f" {text}", f"{text} ", text.replace("></", "> </", 1), text.replace("<", "<b><", 1))
    roots = {page(other.format(*ids)).root.digest for other in (text, *others)}
    assert 5 == len({text, *others}) == len(roots)


def test_what_refers_to_what_is_content():
    text = '<div id="{}" class="plotly-graph-div"></div><div id="{}" class="plotly-graph-div"></div>{}'
    assert page(text.format(ONE, OTHER, ONE)).root != page(text.format(ONE, OTHER, OTHER)).root


def test_a_page_that_holds_numbered_names_itself_is_a_text():
    text = '<div id="{}" class="plotly-graph-div"></div>#id-0'
    found = page(text.format(ONE))
    assert ("text", ()) == (found.format, found.excluded)
    assert found.reason


@pytest.mark.parametrize(
    "text",
    [
        f'<div id="{ONE}"></div>',
        f"<p>{ONE}</p>",
        '<table id="T_table"></table>',
        f'<div class="plotly-graph-div"></div><p id="{ONE}"></p>',
        "no tags at all",
    ],
)
def test_ids_that_no_library_gave_are_content(text):
    found = page(text)
    assert ("text", ()) == (found.format, found.excluded)


def test_a_page_that_is_no_text_is_bytes():
    assert "bytes" == read_source(BytesSource("a.html", b"<div \xff\xfe>"), CONTEXT).format
