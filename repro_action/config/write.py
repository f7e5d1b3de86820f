# SPDX-License-Identifier: Apache-2.0
"""TOML text from values: the one place that writes new text; TOML 1.0, https://toml.io/en/v1.0.0.

What is there is changed by tomlkit, which keeps comments and layout (`data.write`). New text is not
made by it: it leaves characters that cannot be seen as they are, and here they are escaped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from repro_action.config.model import PRINTED, Step, printed_path

SCHEMA_URL = "https://repro-action.dev/schemas/config.v1.schema.json"

_BARE = re.compile(r"[A-Za-z0-9_-]+")
Value = str | int | float | bool | Iterable["Value"] | Mapping[str, "Value"]


def text(value: str) -> str:
    """Return a TOML basic string; what is not printable is escaped."""
    escaped = "".join(_escape(character) for character in value)
    return f'"{escaped}"'


def _escape(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\u{code:04X}" if code < 0x10000 else f"\\U{code:08X}"


def key(*parts: str) -> str:
    """Return a dotted TOML key; parts that are not bare are quoted."""
    return ".".join(part if _BARE.fullmatch(part) else text(part) for part in parts)


def value(plain: Value) -> str:
    """Return a TOML value on one line."""
    match plain:
        case bool():
            return "true" if plain else "false"
        case str():
            return text(plain)
        case int():
            return str(plain)
        case float():
            return repr(plain)
        case Mapping():
            pairs = ", ".join(f"{key(name)} = {value(item)}" for name, item in plain.items())
            return f"{{ {pairs} }}" if pairs else "{}"
    return f"[{', '.join(value(item) for item in plain)}]"


def array(items: Iterable[str], *, width: int = 100) -> str:
    """Return an array of strings, over several lines where one would be too long."""
    quoted = [text(item) for item in items]
    line = f"[{', '.join(quoted)}]"
    if len(line) <= width:
        return line
    return "[\n" + "".join(f"  {item},\n" for item in quoted) + "]"


def step_text(step: Step) -> str:
    """Return the lines of one `[[steps]]` table, without its header."""
    lines = [f"name = {text(step.name)}", f"run = {array(step.run)}"]
    lines += [f"cwd = {text(step.cwd)}"] if step.cwd else []
    by_word = step.stdout == printed_path(step.name)
    written = [f"./{one}" if one == PRINTED else one for one in step.outputs if one != step.stdout]
    lists = {
        "inputs": step.inputs,
        "params": step.params,
        "outputs": [*written, PRINTED] if by_word else written,
    }
    lines += [f"{name} = {array(items)}" for name, items in lists.items() if items]
    if step.stdout and not by_word:
        lines.append(f"stdout = {text(step.stdout)}")
    if step.env:
        lines.append(f"env = {value(step.env)}")
    if step.timeout is not None:
        lines.append(f"timeout = {value(step.timeout)}")
    return "\n".join(lines)
