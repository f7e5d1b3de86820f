# SPDX-License-Identifier: Apache-2.0
"""Laws of taking a step's output."""

from __future__ import annotations

import pytest

from repro_action.progress import Silent
from repro_action.steps import transcript as module
from repro_action.steps.record import TAIL_LIMIT
from repro_action.steps.transcript import LINE_LIMIT, LOG_LIMIT, Transcript


class Heard(Silent):
    def __init__(self):
        self.texts = []

    def output(self, step, text):
        self.texts.append(text)


@pytest.fixture
def heard():
    return Heard()


def take(log, heard, *chunks):
    with Transcript("a", log, heard) as result:
        for chunk in chunks:
            result.feed(chunk)
        result.flush(final=True)
    return result


def test_each_line_is_shown_once_with_its_end(tmp_path, heard):
    take(tmp_path / "log", heard, b"one\ntw", b"o\n\nthree")
    assert ["one\n", "two\n", "\n", "three"] == heard.texts


def test_the_states_of_a_progress_bar_are_distinguished(tmp_path, heard):
    take(tmp_path / "log", heard, b"10%\r20%\r", b"\n30%\r", b"done\n")
    assert ["10%\r", "20%\r\n", "30%\r", "done\n"] == heard.texts


def test_only_line_ends_end_a_line(tmp_path, heard):
    take(tmp_path / "log", heard, "a\x0cb\u2028c\x1bd\n".encode())
    assert ["a\x0cb\u2028c\x1bd\n"] == heard.texts


def test_a_character_split_between_chunks_is_whole(tmp_path, heard):
    take(tmp_path / "log", heard, b"\xc3", b"\xa9\n\xff\n\xc3")
    assert ["é\n", "\ufffd\n", "\ufffd"] == heard.texts


def test_an_open_line_can_be_shown_early(tmp_path, heard):
    with Transcript("a", tmp_path / "log", heard) as result:
        result.feed(b"password? ")
        assert result.pending
        result.flush()
        assert not result.pending
        result.feed(b"no\n")
    assert ["password? ", "no\n"] == heard.texts


def test_a_long_line_is_shown_in_parts_and_nothing_is_lost(tmp_path, heard):
    take(tmp_path / "log", heard, *[b"x" * 1000] * 300)
    assert 300_000 == sum(map(len, heard.texts))
    assert max(map(len, heard.texts)) < LINE_LIMIT + 1000


def test_the_log_holds_the_very_bytes(tmp_path, heard):
    data = bytes(range(256)) * 3
    take(tmp_path / "runs/1/log", heard, data)
    assert data == (tmp_path / "runs/1/log").read_bytes()


def test_the_tail_is_bounded(tmp_path, heard):
    transcript = take(tmp_path / "log", heard, *[b"%07d\n" % number for number in range(100_000)])
    assert TAIL_LIMIT == len(transcript.tail)
    assert transcript.tail.endswith(b"0099999\n")


def test_a_log_beyond_the_limit_keeps_its_start_and_its_end(tmp_path, heard):
    chunk = b"y" * (1 << 20)
    count = (LOG_LIMIT >> 20) + 3
    take(tmp_path / "log", heard, *[chunk] * count, b"the end")
    data = (tmp_path / "log").read_bytes()
    left_out = count * len(chunk) + 7 - LOG_LIMIT - TAIL_LIMIT
    assert data.endswith(b"yythe end")
    assert f"\n[repro: {left_out} bytes are left out here]\n".encode() in data
    assert len(data) < LOG_LIMIT + TAIL_LIMIT + 100


def test_a_log_just_beyond_the_limit_loses_nothing(tmp_path, heard):
    assert module.LOG_LIMIT > TAIL_LIMIT
    data = b"z" * (LOG_LIMIT - 10)
    take(tmp_path / "log", heard, data, b"0123456789abc")
    assert data + b"0123456789abc" == (tmp_path / "log").read_bytes()
