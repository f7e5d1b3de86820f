# SPDX-License-Identifier: Apache-2.0
"""DVC's own configuration: where its cache is, and its remotes. Nothing that it names is run.

`.dvc/config` is committed, so a stranger's change may have written it; `.dvc/config.local` is not.
https://dvc.org/doc/user-guide/project-structure/configuration
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from repro_action.data.dvc.documents import DocumentError, read_limited
from repro_action.errors import ConfigError

_LARGEST = 256 << 10
_SECTION = re.compile(r"\[\s*(?:'([^']*)'|\"([^\"]*)\"|([^\]]*?))\s*\]\s*(?:#.*)?")
_OPTION = re.compile(r"([A-Za-z0-9_.-]+)\s*=\s*(.*?)\s*")
_REMOTE = re.compile(r"remote\s+\"([^\"]+)\"|remote\s+(\S+)")
_SCHEME = re.compile(r"[a-z0-9+.-]+://", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Remote:
    """One remote.

    Attributes:
        name: of its section.
        url: `s3://…`, `https://…` or the absolute path of a folder.
        options: what else is said of it; may hold secrets, so it is shown nowhere.
        private: names of what `config.local` says, `url` among them if it does.
    """

    name: str
    url: str
    options: Mapping[str, str] = field(default_factory=dict, repr=False)
    private: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class DvcSettings:
    """The configuration of a repository of DVC's.

    Attributes:
        top: folder that holds `.dvc`.
        cache: folder of the cache.
        remotes: the default one first.
    """

    top: Path
    cache: Path
    remotes: tuple[Remote, ...]


def find_settings(root: Path) -> DvcSettings | None:
    """Read the configuration for a project, from its folder upwards to the top of its git checkout.

    Raises:
        ConfigError: it cannot be read.
    """
    for folder in (root, *root.parents):
        if (folder / ".dvc").is_dir():
            return _read(folder)
        if (folder / ".git").exists():
            break
    return None


def _read(top: Path) -> DvcSettings:
    home = top / ".dvc"
    sections: dict[str, dict[str, str]] = {}
    private: dict[str, set[str]] = {}
    for name in ("config", "config.local"):
        try:
            text = (read_limited(home / name, _LARGEST) or b"").decode("utf-8-sig")
            parsed = _parsed(text)
        except (DocumentError, ValueError) as error:
            what = str(error) if isinstance(error, DocumentError) else "it is not UTF-8"
            raise ConfigError(
                what, where=f".dvc/{name}", remedy="Correct it; `dvc config` writes it."
            ) from error
        for section, options in parsed.items():
            sections.setdefault(section, {}).update(options)
            if name == "config.local":
                private.setdefault(section, set()).update(options)
    remotes = {
        name: _remote(name, options, private.get(section, set()), home)
        for section, options in sections.items()
        if (name := _remote_name(section)) and options.get("url")
    }
    default = sections.get("core", {}).get("remote", "")
    ordered = sorted(remotes.values(), key=lambda remote: remote.name != default)
    cache = sections.get("cache", {}).get("dir", "")
    return DvcSettings(
        top=top, cache=_local(cache, home) if cache else home / "cache", remotes=tuple(ordered)
    )


def _remote_name(section: str) -> str:
    match = _REMOTE.fullmatch(section)
    return "" if match is None else match[1] or match[2]


def _remote(name: str, options: Mapping[str, str], private: set[str], home: Path) -> Remote:
    url = options["url"]
    remote = re.match(r"remote://([^/]+)(.*)", url)
    return Remote(
        name=name,
        url=url if _SCHEME.match(url) or remote else str(_local(url, home)),
        options={key: value for key, value in options.items() if key != "url"},
        private=frozenset(private),
    )


def _local(path: str, home: Path) -> Path:
    # DVC writes paths relative to the file that they stand in.
    return Path(os.path.normpath(home / Path(path).expanduser()))


def _parsed(text: str) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    current: dict[str, str] = {}
    for line in map(str.strip, text.splitlines()):
        if match := _SECTION.fullmatch(line):
            name = next((part for part in match.groups() if part is not None), "")
            current = found.setdefault(name.strip(), {})
        elif match := _OPTION.fullmatch(line):
            current[match[1].lower()] = _unquoted(match[2])
    return found


def _unquoted(value: str) -> str:
    for text in (value, value.partition(" #")[0].strip()):
        if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
            return text[1:-1]
    return value.partition(" #")[0].strip()
