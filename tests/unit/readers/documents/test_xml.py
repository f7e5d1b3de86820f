# SPDX-License-Identifier: Apache-2.0
"""XML of any size: listed up to a bound of memory, folded beyond it."""

from __future__ import annotations

import pytest

from repro_action.listing import flatten
from repro_action.readers import read_source
from repro_action.readers.protocol import BytesSource, Limits, ReadContext
from repro_action.tree import Kind


def read(text, memory=1 << 20):
    context = ReadContext(nest=read_source, limits=Limits(memory=memory))
    return read_source(BytesSource("a.xml", text.encode()), context)


def suite(count=3000, changed=-1, seconds="0.1"):
    cases = (
        f'<case name="t{number}">{"no" if number == changed else "ok"}</case>' for number in range(count)
    )
    return f'<r><testsuite time="{seconds}"/><s>{"".join(cases)}</s></r>'


def lines(tree):
    return flatten(tree.root, limit=100_000, siblings=100_000, room=None)


def differing(one, other):
    before, after = lines(one), lines(other)
    return [path for path in before.keys() | after.keys() if before.get(path) != after.get(path)]


def test_what_fits_is_listed_and_the_rest_is_folded_by_the_thousand():
    paths = lines(read(suite())).keys()
    assert "r[0].s[0].case[0].text" in paths
    assert "r[0].s[0].case[2999].text" not in paths
    assert any(path.startswith("r[0].s[0][") and path.endswith("…2999]") for path in paths)


def test_a_difference_names_its_element_or_the_thousand_that_it_is_in():
    whole = read(suite())
    assert ["r[0].s[0].case[7].text"] == differing(whole, read(suite(changed=7)))
    (path,) = differing(whole, read(suite(changed=2990)))
    assert "…2999]" in path


def test_memory_is_bounded_whatever_is_nested():
    deep = "<r>" + "<a>" * 100 + "<b/>" * 3_000 + "</a>" * 100 + "<c/>" * 3_000 + "</r>"
    tree = read(deep, memory=1 << 18)
    assert "xml" == tree.format
    assert tree.root.leaves < 1_000


def test_a_text_or_tag_that_is_too_long_is_refused_with_the_limit():
    text = read(f"<a>{'x' * 3_000_000}</a>").reason
    assert "too large to be read as leaves" in text
    assert "1 MiB (raise limits.reading_memory)" in text
    tag = read(f'<a b="{"x" * 3_000_000}"/>').reason
    assert "too large to be read as leaves: a tag" in tag


def test_many_times_are_left_out_with_one_path_for_all():
    cases = "".join(f'<testcase name="t" time="0.{number}"/>' for number in range(12_000))
    tree = read(f"<testsuite>{cases}</testsuite>", memory=128 << 20)
    assert "xml" == tree.format
    assert "testsuite[*].testcase[*].@time" in {entry.path for entry in tree.excluded}


def test_a_number_is_one_where_no_other_text_is_the_same_number():
    texts = ("1", "01", "1.0", "1.00", "-0.25", "1e-07", "1e-7", "nan", "", "12345678901234567890")
    kinds = [lines(read(f'<a b="{text}"/>'))["a[0].@b"].kind for text in texts]
    number, plain = Kind.NUMBER, Kind.TEXT
    assert [number, plain, number, plain, number, number, plain, plain, plain, plain] == kinds


def test_a_namespace_is_a_leaf_of_the_element_that_enters_it():
    tree = read('<m:a xmlns:m="urn:x" m:k="v"><m:b>t</m:b><c/></m:a>')
    assert {"a[0].@xmlns", "a[0].@urn:x}k", "a[0].b[0].text", "a[0].c[0].@xmlns"} == {*lines(tree)}
    assert tree.root == read('<a xmlns="urn:x" xmlns:o="urn:x" o:k="v"><b>t</b><c xmlns=""/></a>').root
    assert tree.root != read('<a xmlns="urn:y" xmlns:o="urn:x" o:k="v"><b>t</b><c xmlns=""/></a>').root


def test_instructions_ahead_of_the_document_are_content():
    assert read("<?style a?><r/>").root != read("<?style b?><r/>").root


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("<a>x<b/>y</a>", "<a>xy<b/></a>"),
        ("<a><b/>x</a>", "<a>x<b/></a>"),
        ("<a><b/>x<b/></a>", "<a><b/><b/>x</a>"),
        ("<a><b/><c/></a>", "<a><c/><b/></a>"),
        ("<a><c/><b/><c/></a>", "<a><c/><c/><b/></a>"),
        ("<a><text/></a>", "<a>text</a>"),
        ("<a><?x y?></a>", "<a>&lt;?x y?&gt;</a>"),
        ("<a><?x y?></a>", "<a x='y'/>"),
        ("<a><?x y?><b/></a>", "<a><b/><?x y?></a>"),
        ("<?x y?><a/>", "<a/><?x y?>"),
        ("<a><?x y?><?x z?></a>", "<a><?x z?><?x y?></a>"),
    ],
)
def test_where_text_elements_and_instructions_are_is_content(one, other):
    assert lines(read(one)) != lines(read(other))


def test_order_of_folded_elements_is_content():
    one, other = ("".join(f"<{name}/>" for name in names * 4_000) for names in ("bc", "cb"))
    assert lines(read(f"<r>{one}</r>")) != lines(read(f"<r>{other}</r>"))


def test_space_between_elements_and_the_order_of_attributes_do_not_count():
    assert read('<a p="1" q="2"><c/> <b>x</b>\n</a>').root == read('<a q="2" p="1"><c/><b>x</b></a>').root


def test_many_instructions_are_refused():
    assert "more than 10000 instructions" in read(f"<a>{'<?x?>' * 10_001}</a>", memory=64 << 20).reason
