# SPDX-License-Identifier: Apache-2.0
"""What looks like a secret is taken out of a log; what does not stays as it is."""

import pytest

from repro_action.evidence.pack.redaction import LONGEST_LOG, redacted, secrets_of


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("epoch 3: loss 0.0123, token count 512", "epoch 3: loss 0.0123, token count 512"),
        ("password=hunter22", "password=[redacted]"),
        ("DB_PASSWORD: 'hunter22'", "DB_PASSWORD: '[redacted]'"),
        ('{"api_key": "abcd1234"}', '{"api_key": "[redacted]"}'),
        ("Authorization: Bearer abcdefgh", "Authorization: Bearer [redacted]"),
        ("cloning https://me:pass@host/x.git", "cloning https://[redacted]@host/x.git"),
        ("ghp_" + "a" * 36, "[redacted]"),
        ("key AKIA" + "A" * 16 + " used", "key [redacted] used"),
        ("my value is swordfish!", "my value is [redacted]!"),
        ("-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----\nend", "[redacted]\nend"),
        ("-----BEGIN PRIVATE KEY-----\nabc", "[redacted]"),
    ],
)
def test_a_line(line, expected):
    assert expected == redacted(line.encode(), [b"swordfish"]).decode()


def test_of_a_long_log_the_start_and_the_end_stay():
    log = b"start" + b"x" * (2 * LONGEST_LOG) + b"end"
    short = redacted(log)
    assert short.startswith(b"startxx")
    assert short.endswith(b"xxend")
    assert b"[repro: %d bytes are left out here]" % (len(log) - LONGEST_LOG) in short


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "part", [b"x", b"eyJ-", b"token ", b"://a", b"-----BEGIN PRIVATE KEY-----", b"password", b"secret= "]
)
def test_no_log_takes_long(part):
    redacted(part * (LONGEST_LOG // len(part)))


@pytest.mark.parametrize(
    "name",
    [
        "HF_TOKEN",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_ACCESS_KEY_ID",
        "REPRO_SIGNING_PASSPHRASE",
        "api_key",
        "PGPASSWORD",
    ],
)
def test_the_value_of_a_variable_called_like_a_secret_is_one(name):
    assert [b"swordfish"] == secrets_of({name: "swordfish", "HOME": "/home/swordfish", "X_TOKEN": "short"})


@pytest.mark.parametrize("name", ["HOME", "PATH", "KEYBOARD", "MONKEYS_SEEN", "LANG"])
def test_the_value_of_another_variable_is_none(name):
    assert [] == secrets_of({name: "swordfish"})
