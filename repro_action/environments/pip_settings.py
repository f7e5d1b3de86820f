# SPDX-License-Identifier: Apache-2.0
"""What pip would read of its variables and files, so that uv can be asked for exactly the same.

Files and their order: pip's documentation, "Configuration", section "Location".
"""

from __future__ import annotations

import configparser
import os
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

_SECTIONS = ("global", "install")
# They change nothing about which files are installed.
_IRRELEVANT = frozenset(
    (
        *("config-file", "cache-dir", "no-cache-dir", "disable-pip-version-check", "no-input", "no-color"),
        *("progress-bar", "quiet", "verbose", "root-user-action", "retries", "require-hashes", "log"),
        *("require-virtualenv", "no-python-version-warning", "no-warn-script-location", "no-compile"),
    )
)
_LISTS = {
    "no-binary": "--no-binary",
    "only-binary": "--only-binary",
    "extra-index-url": "--extra-index-url",
    "find-links": "--find-links",
    "trusted-host": "--allow-insecure-host",
}
_OFF = frozenset({"", "0", "false", "no", "off"})


def uv_settings(
    environ: Mapping[str, str], prefix: Path, *, irrelevant: Collection[str] = ()
) -> tuple[list[str], dict[str, str]] | None:
    """Return options and variables by which uv does what pip's own settings say.

    Args:
        environ: the caller's variables.
        prefix: of the interpreter that would run pip.
        irrelevant: names of settings that change nothing about the files of this installation.

    Returns:
        None where a setting has no counterpart, or a file cannot be read: then pip is the one to ask.
    """
    try:
        settings = _settings(environ, prefix)
    except (OSError, UnicodeDecodeError, configparser.Error):
        return None
    options: list[str] = []
    variables: dict[str, str] = {}
    for name, text in sorted(settings.items()):
        match name:
            case "index-url":
                options += ["--index-url", text]
            case "no-index":
                options += [] if text.lower() in _OFF else ["--no-index"]
            case "cert":
                variables["SSL_CERT_FILE"] = text
            case "timeout" | "default-timeout":
                variables["UV_HTTP_TIMEOUT"] = text
            case _ if name in _LISTS:
                options += [part for value in _values(name, text) for part in (_LISTS[name], value)]
            case _ if name not in _IRRELEVANT and name not in irrelevant:
                return None
    return options, variables


def _values(name: str, text: str) -> list[str]:
    return text.replace(",", " ").split() if name.endswith("-binary") else text.split()


def _settings(environ: Mapping[str, str], prefix: Path) -> dict[str, str]:
    """Return pip's settings by name; variables count more than files."""
    found: dict[str, str] = {}
    for path in _files(environ, prefix):
        parser = configparser.RawConfigParser()
        try:
            parser.read_string(path.read_text(encoding="utf-8"))
        except (FileNotFoundError, NotADirectoryError):
            continue
        for section in _SECTIONS:
            if parser.has_section(section):
                found |= {name.replace("_", "-"): value for name, value in parser.items(section)}
    variables = {name: value for name, value in environ.items() if name.startswith("PIP_") and value}
    return found | {name[4:].lower().replace("_", "-"): value for name, value in variables.items()}


def _files(environ: Mapping[str, str], prefix: Path) -> Iterator[Path]:
    """Yield the files that pip would look for, the weakest first."""
    own = environ.get("PIP_CONFIG_FILE", "")
    if own == os.devnull:
        return
    for folder in environ.get("XDG_CONFIG_DIRS", "/etc/xdg").split(os.pathsep):
        yield Path(folder) / "pip" / "pip.conf"
    yield Path("/Library/Application Support/pip/pip.conf")
    yield Path("/etc/pip.conf")
    home = Path(environ.get("HOME") or os.path.expanduser("~"))  # noqa: PTH111 -- never raises
    yield home / ".pip" / "pip.conf"
    yield home / "Library" / "Application Support" / "pip" / "pip.conf"
    yield Path(environ.get("XDG_CONFIG_HOME") or home / ".config") / "pip" / "pip.conf"
    yield prefix / "pip.conf"
    if own:
        yield Path(own)
