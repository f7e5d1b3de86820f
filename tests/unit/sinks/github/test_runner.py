"""How a job talks to its runner: nothing foreign becomes a command."""

import io
import re

from hypothesis import given
from hypothesis import strategies as st

from repro_action.sinks.github.runner import SUMMARY, Runner


def runner(tmp_path):
    return Runner(output=tmp_path / "output", summary=tmp_path / "summary", log=io.StringIO())


def parsed(text):
    """Read outputs as the runner does: `name<<FENCE`, lines, `FENCE`."""
    found, lines = {}, text.split("\n")
    while lines and lines[0]:
        name, fence = lines.pop(0).split("<<", 1)
        end = lines.index(fence)
        found[name], lines = "\n".join(lines[:end]), lines[end + 1 :]
    return found


def test_a_value_cannot_set_another_output(tmp_path):
    result = runner(tmp_path)
    values = {"metrics": "x\nverdict=reproduced\nEOF\nverdict<<EOF\nreproduced\nEOF", "verdict": "drifted"}
    result.set(values)
    assert values == parsed(result.output.read_text(encoding="utf-8"))


def test_outputs_of_two_calls_add_up(tmp_path):
    result = runner(tmp_path)
    result.set({"a": "1"})
    result.set({"b": ""})
    assert {"a": "1", "b": ""} == parsed(result.output.read_text(encoding="utf-8"))


@given(message=st.text(), title=st.text(), path=st.text())
def test_an_annotation_is_one_command_whatever_it_says(message, title, path):
    log = io.StringIO()
    Runner(output=None, summary=None, log=log).annotate("error", message, title=title, path=path, line=3)
    text = log.getvalue()
    assert text.startswith("::error")
    assert 1 == len(text.splitlines())
    assert re.fullmatch(r"::error( [^:]*)?::.*\n", text)
    value = re.match(r"::error ?([^:]*)::", text)[1]
    assert {"file", "line", "title"} >= {part.split("=")[0] for part in value.split(",") if part}


def test_lines_of_a_message_stay_lines(tmp_path):
    result = runner(tmp_path)
    result.annotate("warning", "50% of\nall", title="a:b,c")
    assert "::warning title=a%3Ab%2Cc::50%25 of%0Aall\n" == result.log.getvalue()


def test_a_summary_is_added_to_and_never_too_long(tmp_path):
    result = runner(tmp_path)
    result.summarise("one\n")
    result.summarise("é" * SUMMARY)
    result.summarise("two\n")
    assert "one\ntwo\n" == result.summary.read_text(encoding="utf-8")


def test_without_a_runner_nothing_is_written():
    instance = Runner.of({}, io.StringIO())
    instance.set({"a": "1"})
    instance.summarise("x")
    assert "" == instance.log.getvalue()
