# SPDX-License-Identifier: Apache-2.0
"""The addresses that `source` of a `[[data]]` entry may be: each names one file, and holds no secret."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

SCHEMES = ("https", "s3", "gs", "az", "hf")
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_HF = re.compile(r"hf://((?:datasets/|spaces/)?[A-Za-z0-9._-]+/[A-Za-z0-9._-]+)(?:@([^/]*))?/(.+)")
_COMMIT = re.compile(r"[0-9a-f]{40}")
_FORMS = "https://…, s3://BUCKET/KEY, gs://BUCKET/KEY, az://CONTAINER/KEY or hf://ORG/NAME@COMMIT/FILE"


@dataclass(frozen=True, slots=True)
class SourceProblem(Exception):
    """An address cannot be a source: what is wrong, and what to do."""

    what: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSource:
    """One file somewhere else.

    Attributes:
        scheme: one of `SCHEMES`, or `http` on this machine.
        place: bucket, container, host with port, or repository of the hub.
        key: path in it.
        revision: commit of the hub's repository; empty elsewhere.
        query: of a web address; empty elsewhere.
    """

    scheme: str
    place: str
    key: str
    revision: str = ""
    query: str = ""

    def __str__(self) -> str:
        """Return the address for people, without its query, which may hold a signature."""
        revision = f"@{self.revision}" if self.revision else ""
        return f"{self.scheme}://{self.place}{revision}/{self.key}" + ("?…" if self.query else "")

    def web_address(self, hub: str = "https://huggingface.co") -> str:
        """Return the address of a file on the web or on the hub."""
        if self.scheme == "hf":
            return f"{hub.rstrip('/')}/{self.place}/resolve/{self.revision}/{quote(self.key)}"
        return f"{self.scheme}://{self.place}/{self.key}" + (f"?{self.query}" if self.query else "")


def parse_source(text: str) -> DataSource:
    """Parse an address.

    Raises:
        SourceProblem: it cannot be a source.
    """
    if not text.isprintable() or any(character.isspace() for character in text):
        raise SourceProblem("the address contains spaces or control characters", "Escape them as %20.")
    scheme, separator, _ = text.partition("://")
    if scheme == "hf":
        return _hub(text)
    if not separator or scheme not in (*SCHEMES, "http"):
        raise SourceProblem("this is not an address that data can be fetched from", f"Write {_FORMS}.")
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
    except ValueError:
        raise SourceProblem("this is not a valid address", f"Write {_FORMS}.") from None
    if "@" in parts.netloc:
        raise SourceProblem(
            "the address holds a name or a password",
            "Remove it: a configuration is committed. Credentials come from the environment.",
        )
    if scheme == "http" and host not in _LOOPBACK:
        raise SourceProblem("the address is not encrypted", "Write https:// in place of http://.")
    key = parts.path.lstrip("/")
    if not host or not key or parts.fragment or (parts.query and scheme not in {"https", "http"}):
        raise SourceProblem("the address does not name one file", f"Write {_FORMS}.")
    return DataSource(scheme=scheme, place=parts.netloc, key=key, query=parts.query)


def _hub(text: str) -> DataSource:
    match = _HF.fullmatch(text)
    if match is None or ".." in match[3].split("/"):
        raise SourceProblem("this is not a file of the hub", "Write hf://ORG/NAME@COMMIT/FILE.")
    if match[2] is None or not _COMMIT.fullmatch(match[2]):
        raise SourceProblem(
            "a branch or a tag is not a revision: it can move",
            "Write the commit with its 40 hexadecimal digits, hf://ORG/NAME@COMMIT/FILE; "
            "the page `Files` of the repository shows it.",
        )
    return DataSource(scheme="hf", place=match[1], key=match[3], revision=match[2])
