# SPDX-License-Identifier: Apache-2.0
"""Logs as an auditor gets them: bounded, and what looks like a key or a password is taken out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

LONGEST_LOG = 1 << 20
"""Bytes of one log; of a longer one its start and its end are shown."""
REDACTED = b"[redacted]"

# Every repetition that may fail after it is bounded: a step writes what it likes into its log.
_SECRETS = re.compile(
    rb"-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----.*?(?:-----END [A-Z ]{0,20}PRIVATE KEY-----|\Z)"
    rb"|\b(?:gh[pousr]_|github_pat_|glpat-|hf_|sk-|xox[abprs]-|pypi-|AKIA|ASIA)[A-Za-z0-9_-]{16,}"
    rb"|\beyJ[A-Za-z0-9_-]{8,512}\.[A-Za-z0-9_.-]{8,}",
    re.DOTALL,
)
_NAMED = re.compile(
    rb"(?i)((?:passw(?:or)?d|secret|token|api[_-]?key|access[_-]?key|credential)[\w-]{0,40}"
    rb"[\"']?\s{0,4}[=:]\s{0,4}[\"']?|\bauthorization:\s{0,4}(?:\w{1,20}\s{1,4})?)([^\s\"',;]{4,})"
)
_LOGIN = re.compile(rb"(?<=://)[^\s/@:]{0,200}:[^\s/@]{1,200}(?=@)")

_VARIABLE = re.compile(r"pass|secret|token|credential|auth|key(_id|_file|s)?$", re.IGNORECASE)
_SHORTEST = 8
"""Characters of a value that is taken out wherever it is: of a shorter one, words would go."""


def secrets_of(environ: Mapping[str, str]) -> list[bytes]:
    """Return the values of variables that are called like secrets."""
    return [
        value.encode("utf-8", "surrogateescape")
        for name, value in environ.items()
        if len(value) >= _SHORTEST and _VARIABLE.search(name)
    ]


def redacted(log: bytes, secrets: Iterable[bytes] = ()) -> bytes:
    """Return a log without what looks like a secret, and without texts that are known to be some.

    No rule finds every secret: whoever hands a pack on reads its logs first.

    Args:
        log: what a step wrote.
        secrets: texts that are taken out wherever they are, such as values of variables.
    """
    for secret in sorted(secrets, key=len, reverse=True):
        log = log.replace(secret, REDACTED)
    log = _SECRETS.sub(REDACTED, log)
    log = _LOGIN.sub(REDACTED, log)
    log = _NAMED.sub(rb"\1" + REDACTED, log)
    if len(log) <= LONGEST_LOG:
        return log
    half = LONGEST_LOG // 2
    return log[:half] + b"\n[repro: %d bytes are left out here]\n" % (len(log) - 2 * half) + log[-half:]
