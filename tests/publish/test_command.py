"""`/repro accept`: what is understood, what is answered, what is none of our business."""

import pytest

from repro_action.action.accept_syntax import AcceptCommand, MalformedCommand, parse

TEXT = "0123456789ab"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (f"/repro accept {TEXT}", (AcceptCommand(fingerprint=TEXT),)),
        (f"/repro accept {TEXT.upper()}  \r\nthanks!", (AcceptCommand(fingerprint=TEXT),)),
        (f"/repro accept {'a' * 64}", (AcceptCommand(fingerprint="a" * 64),)),
        (
            f"/repro  accept\t{TEXT} models/a b/repro.toml",
            (AcceptCommand(fingerprint=TEXT, config="models/a b/repro.toml"),),
        ),
        ("/repro accept all", (AcceptCommand(fingerprint=""),)),
        (
            f"/repro accept {TEXT} a/repro.toml\r\n/repro accept {TEXT} b/repro.toml\nthanks\n/repro accept all",
            (
                AcceptCommand(fingerprint=TEXT, config="a/repro.toml"),
                AcceptCommand(fingerprint=TEXT, config="b/repro.toml"),
            ),
        ),
    ],
)
def test_commands_are_understood(body, expected):
    assert expected == parse(body)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "hello",
        f" /repro accept {TEXT}",
        f"hello\n/repro accept {TEXT}",
        "/reproduce",
        "/repro-x",
        "/Repro",
    ],
)
def test_other_comments_are_none_of_our_business(body):
    assert parse(body) is None


@pytest.mark.parametrize(
    "body",
    [
        "/repro",
        "/repro accept",
        "/repro accpet 0123456789ab",
        f"/repro accept {TEXT[:-1]}",
        f"/repro accept {TEXT}g",
        f"/repro accept {'a' * 65}",
        f"/repro accept {TEXT} ../repro.toml",
        f"/repro accept {TEXT} /etc/passwd",
        f"/repro accept {TEXT} .github/repro.toml",
        f"/repro accept {TEXT} a\u202eb",
        "/repro accept all repro.toml",
        f"/repro accept {TEXT}\n/repro accept latest",
        f"/repro accept {TEXT}\n" * 101,
        "/repro accept " + "x" * 100_000,
    ],
)
def test_malformed_ones_are_answered_without_repeating_a_word_of_them(body):
    found = parse(body)
    assert isinstance(found, MalformedCommand)
    for word in {*body.split()[2:]} - {"/repro", "accept", "all"}:
        assert word not in found.why
