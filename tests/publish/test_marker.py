"""The hidden first line: what is written is read again, and nothing else is."""

import pytest

from repro_action.sinks.github.marker import Marker, parse

SHA = "0123456789abcdef0123456789abcdef01234567"
LINE = f"<!-- repro-action:v1 id=repro run=17 attempt=2 sha={SHA} -->"


def test_what_is_written_is_read_again():
    made = Marker(id="a.B_c-1", run=17, attempt=2, sha=SHA)
    assert made == parse(made.line)
    assert made == parse(f"{made.line}\r\nrest")
    assert made == parse(made.upon("rest"))
    assert LINE == Marker(id="repro", run=17, attempt=2, sha=SHA).line


@pytest.mark.parametrize(
    "body",
    [
        "",
        f" {LINE}",
        f"{LINE} ",
        f"\n{LINE}",
        f"\ufeff{LINE}",
        LINE.replace("v1", "v2"),
        LINE.replace("repro run", "re pro run"),
        LINE.replace("id=repro", "id="),
        LINE.replace("id=repro", "id=" + "x" * 61),
        LINE.replace("id=repro", "id=re-->pro"),
        LINE.replace("17", "017"),
        LINE.replace("17", "-1"),
        LINE.replace("17", "1" * 19),
        LINE.replace("17", "\u0661\u0667"),
        LINE.replace(SHA, SHA[:-1]),
        LINE.replace(SHA, SHA.upper()),
        LINE.removesuffix(">"),
    ],
)
def test_nothing_else_is_read(body):
    assert parse(body) is None


@pytest.mark.parametrize(
    "change", [{"id": "a b"}, {"id": ""}, {"run": -1}, {"sha": "main"}, {"id": "x\ny"}, {"attempt": 10**9}]
)
def test_no_marker_is_made_that_would_not_be_read(change):
    with pytest.raises(ValueError, match="a marker cannot"):
        Marker(**{"id": "repro", "run": 1, "attempt": 1, "sha": SHA, **change})


def test_runs_are_ordered_before_attempts():
    made = [
        Marker(id="repro", run=run, attempt=attempt, sha=SHA) for run, attempt in ((1, 2), (2, 1), (2, 2))
    ]
    assert made == sorted(made, key=lambda one: one.age)
    assert made[1].newer(made[0])
    assert not made[1].newer(made[1])


def test_a_marker_replaces_one_of_its_own_id_only():
    made = Marker(id="repro", run=18, attempt=1, sha=SHA)
    other = Marker(id="other", run=18, attempt=1, sha=SHA)
    assert f"{made.line}\ntext" == made.upon(f"{LINE}\ntext")
    assert f"{other.line}\n{LINE}\ntext" == other.upon(f"{LINE}\ntext")
