# SPDX-License-Identifier: Apache-2.0
"""Progress as plain lines and as a spinner; foreign output can neither command nor break anything."""

from __future__ import annotations

import io
import re

import pytest

from repro_action.report.render.terminal.output_lines import LONGEST, LineBuffer
from repro_action.report.render.terminal.progress import (
    PlainProgress,
    TerminalProgress,
    neutral,
    open_progress,
)
from repro_action.report.render.terminal.style import console


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class _Broken(io.StringIO):
    def write(self, text: str) -> int:
        raise BrokenPipeError


def obeyed(log: str) -> list[str]:
    """Return the lines that a GitHub runner takes for commands.

    It splits at every line break, drops leading blanks, and then looks for `::` at the
    start and for `##[` anywhere.
    """
    lines = re.split(r"\r\n|\r|\n", log)
    return [line for line in lines if line.lstrip().startswith("::") or "##[" in line]


def test_a_log_has_a_line_a_stage_and_prefixed_output():
    stream = io.StringIO()
    with PlainProgress(stream) as progress:
        progress.stage("checking pins")
        progress.stage("running train")
        progress.output("train", "epoch 1\nepo")
        progress.output("train", "ch 2\n")
        progress.advance(1, 2, "files")
        progress.output("train", "no end")
    assert (
        stream.getvalue()
        == "checking pins\nrunning train\n[train] epoch 1\n[train] epoch 2\n[train] no end\n"
    )


def test_output_folds_on_github():
    stream = io.StringIO()
    with PlainProgress(stream, github=True) as progress:
        progress.stage("running")
        progress.output("train", "a\nb\n")
        progress.output("test", "c\n")
        progress.stage("comparing")
    assert stream.getvalue().splitlines() == [
        "running",
        "::group::output of train",
        "[train] a",
        "[train] b",
        "::endgroup::",
        "::group::output of test",
        "[test] c",
        "::endgroup::",
        "comparing",
    ]


@pytest.mark.parametrize(
    "evil",
    [
        "::error::boom",
        "  ::set-output name=a::b",
        "##[error]boom",
        "text ##[add-path]/tmp",
        "a\r::error::x",
        "\u2028::error::x",
        "\x85::error::x",
        "::endgroup::",
        "###[[x",
        "##\x1b[0m[group]",
        "##\x1b[0m[0m[",
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", ""])
def test_no_line_of_a_step_is_obeyed(evil, end):
    stream = io.StringIO()
    with PlainProgress(stream, github=True) as progress:
        progress.stage(evil)
        progress.output(evil, evil + end)
        progress.output("train", evil + end)
        progress.output("", evil + end)
    own = [line for line in obeyed(stream.getvalue()) if not line.startswith("::group::output of ")]
    assert {"::endgroup::"} >= set(own)


def test_a_group_is_named_on_one_line_and_escaped():
    stream = io.StringIO()
    PlainProgress(stream, github=True).output("100%\n::x", "a\n")
    assert stream.getvalue().splitlines()[0] == r"::group::output of 100%25\n::x"


def test_a_bar_that_redraws_itself_is_one_line():
    assert LineBuffer().feed("a", "1 %\r50 %\r100 %\r\n") == ["100 %"]


def test_a_line_without_end_is_shown_before_it_fills_the_memory():
    lines = LineBuffer()
    assert len(lines.feed("a", "x" * (3 * LONGEST + 1))) == 3
    assert lines.flush() == [("a", "x")]
    assert lines.flush() == []


def test_a_harmless_line_stays_as_it_is():
    assert neutral("see a::b and #1") == "see a::b and #1"


def test_a_stream_that_broke_does_not_end_the_run():
    with PlainProgress(_Broken()) as progress:
        progress.stage("checking")
        progress.output("train", "a\n")


def test_a_stream_that_knows_ascii_only_gets_escapes():
    raw = io.BytesIO()
    with PlainProgress(io.TextIOWrapper(raw, encoding="ascii", write_through=True)) as progress:
        progress.stage("größe")
        assert raw.getvalue() == b"gr\\xf6\\xdfe\n"


def test_a_terminal_shows_the_stage_and_dims_output_without_obeying_it():
    stream = _Terminal()
    with open_progress(console(stream, colour=True)) as progress:
        assert isinstance(progress, TerminalProgress)
        progress.stage("running train")
        progress.output("train", "[red]x[/red] \x1b[2J\npart")
        progress.advance(3, 10, "files")
        progress.advance(3, 0, "files")
    assert r"train │ [red]x[/red] \x1b[2J" in stream.getvalue()
    assert "train │ part" in stream.getvalue()


def test_bytes_that_come_are_shown_as_sizes():
    stream = _Terminal()
    with open_progress(console(stream, colour=True)) as progress:
        progress.stage("fetching")
        progress.advance(1 << 20, 10 << 30, "bytes")
        assert "1.0 MiB of 10.0 GiB" == progress._transferred(1 << 20, 10 << 30).partition(",")[0]
        assert "1.0 MiB" == progress._transferred(1 << 20, 0)


def test_a_log_and_a_runner_get_plain_lines():
    assert isinstance(open_progress(console(io.StringIO())), PlainProgress)
    assert isinstance(open_progress(console(_Terminal()), github=True), PlainProgress)
    assert isinstance(open_progress(console(_Terminal(), colour=False)), PlainProgress)
