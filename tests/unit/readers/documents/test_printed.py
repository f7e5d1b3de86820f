# SPDX-License-Identifier: Apache-2.0
"""What a step prints: words, numbers, and what is left out of both."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from work import counted

from repro_action.compare.elements import compare_elements, within
from repro_action.config.model import Tolerance
from repro_action.listing import flatten
from repro_action.readers import accidental
from repro_action.readers.documents.printed import ACCIDENTAL, PrintedReader
from repro_action.readers.protocol import BytesSource, ReadContext


def read(text):
    data = text if isinstance(text, bytes) else text.encode()
    return PrintedReader().read(BytesSource("printed.txt", data), ReadContext())


def differing(one, other):
    before, after = (flatten(read(text).root) for text in (one, other))
    return sorted(path for path in {*before, *after} if before.get(path) != after.get(path))


def test_numbers_are_arrays_named_by_the_word_ahead_of_them():
    leaves = flatten(read("epoch 1/2 loss: 0.5, acc=91%\nepoch 2/2 loss: 0.25, acc=95%\n").root)
    assert {"", "[words]", "['epoch']", "['epoch#2']", "['loss']", "['acc']"} == set(leaves)
    assert (2,) == leaves["['loss']"].shape


def test_a_changed_number_is_one_element_of_one_leaf():
    one, other = "a 1\nloss 0.5\nloss 0.25\n", "a 1\nloss 0.5\nloss 0.26\n"
    assert ["['loss']"] == differing(one, other)
    before, after = (flatten(read(text).root)["['loss']"] for text in (one, other))
    found = compare_elements(before, after)
    assert ("[1]", 1) == (found.first_index, found.differing)
    assert within(before, after, Tolerance(atol=0.02))
    assert not within(before, after, Tolerance(atol=0.001))


@pytest.mark.parametrize(
    ("one", "other", "leaves"),
    [
        ("loss 0.5", "loss 0.50", ["['loss']"]),
        ("done", "Done", ["[words]"]),
        ("a\nb", "b\na", ["[words]"]),
        ("a 1", "a -1", ["['a']"]),
        ("a 1", "a nan", ["['a']"]),
        ("v1.2.3", "v1.2.4", ["[words]"]),
        ("id 12345678901234567", "id 12345678901234568", ["[words]"]),
        ("{printed-times}", "12:00:00", ["[words]"]),
        ("a {}", "a 1", ["['a']", "[words]"]),
        ("", "\n", ["[words]"]),
    ],
)
def test_whatever_else_differs_is_a_difference(one, other, leaves):
    assert leaves == differing(one, other)


@pytest.mark.parametrize(
    ("one", "other", "rule"),
    [
        ("2026-01-31 12:00:00,123 INFO x", "2026-02-01 01:02:03,456 INFO x", "printed-times"),
        ("[12:00:00] x", "[13:01:02.5] x", "printed-times"),
        ("2026-01-31T12:00:00Z x", "2026-01-31T12:00:01+01:00 x", "printed-times"),
        ("fit in 3.2e-05 s", "fit in 0.1 s", "printed-durations"),
        ("fit in 3.2s", "fit in 4s", "printed-durations"),
        ("10/10 - 15ms/step - loss 1", "10/10 - 16ms/step - loss 1", "printed-durations"),
        ("speed 8.1 it/s", "speed 9 it/s", "printed-durations"),
        ("Time: 3.21", "Time: 4", "printed-durations"),
        ("train_seconds=3", "train_seconds=4", "printed-durations"),
        ("saved /home/a/b.pt", "saved /tmp/c/d/b.pt", "printed-paths"),
        ("<object at 0x7f00aa00>", "<object at 0x7f00bb0011>", "printed-addresses"),
        ("\x1b[32mok\x1b[0m", "ok", "printed-colours"),
        ("0%\r50%\r100% done", "10%\r100% done", "printed-bars"),
        (
            "100%|█████| 10/10 [00:01<00:00,  9.52it/s, loss=0.5]",
            "100%|█████| 10/10 [00:03<00:00,  3.1s/it, loss=0.5]",
            "printed-bars",
        ),
    ],
)
def test_accidental_parts_are_left_out_by_a_named_rule(one, other, rule):
    assert not differing(one, other)
    assert rule in {found.rule for text in (one, other) for found in read(text).excluded}


def test_a_loss_behind_a_bar_is_content():
    bar = "100%|█████| 10/10 [00:01<00:00,  9.52it/s, loss={}]"
    assert ["['loss']"] == differing(bar.format(0.5), bar.format(0.6))


def test_line_ends_of_windows_are_no_bars():
    assert not differing("a 1\r\nb 2\r\n", "a 1\nb 2\n")


def test_every_rule_is_in_the_table():
    assert {rule for rule, _ in ACCIDENTAL} | {"printed-colours"} <= {part.rule for part in accidental.TABLE}


def test_what_is_no_text_is_an_error_that_the_registry_handles():
    from repro_action.errors import ArtifactUnreadable

    with pytest.raises(ArtifactUnreadable):
        read(b"\xff\xfe")


@pytest.mark.parametrize(
    "piece", ["1%|", "1", "a", "/a", "0x", "\x1b[", "1:", "{", "a ", "\r", "1.", "[00:00<", "=", "\x1b]"]
)
def test_hostile_lines_take_time_in_proportion_to_their_length(piece):
    with counted() as work:
        read(piece * (200_000 // len(piece)) + " 1")
    assert work.cpu < 3


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["loss", "acc", "x"]), st.floats(allow_nan=False, allow_infinity=False)),
        max_size=9,
    ),
    st.lists(
        st.tuples(st.sampled_from(["loss", "acc", "x"]), st.floats(allow_nan=False, allow_infinity=False)),
        max_size=9,
    ),
)
def test_two_prints_are_the_same_only_where_words_and_numbers_are(one, other):
    texts = ["".join(f"{word} {number!r}\n" for word, number in lines) for lines in (one, other)]
    assert (texts[0] == texts[1]) == (not differing(*texts))
