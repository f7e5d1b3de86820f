# SPDX-License-Identifier: Apache-2.0
"""What the hook asks the loaded libraries, written from their files into a module of its own.

The hook runs where repro_action cannot be imported, so the questions are copied there as plain
literals: `python -m repro_action.determinism.asks`.
"""

from __future__ import annotations

from collections.abc import Sequence

from repro_action.determinism.attach import HOOK
from repro_action.determinism.knobs import KNOBS, LIBRARIES

MODULE = HOOK / "repro_hook" / "asks.py"

_HEAD = '''# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: E501 -- written by `python -m repro_action.determinism.asks`
# fmt: off
"""What `facts` asks; written from repro_action/determinism/libraries, which says what must be answered."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Union

    Step = Union[str, tuple[Union[int, str], ...]]  # noqa: UP007 -- Python 3.8 may read it
    SymbolAsk = tuple[str, tuple[str, ...], bool, Union[int, str, None]]  # noqa: UP007

'''


def render() -> str:
    """Return the text of the hook's module."""
    asks = [
        (f"{library.key}.{fact}", way[0], way[1:])
        for library in LIBRARIES
        for fact, ways in sorted(library.asks.items())
        for way in ways
    ]
    shared = [
        (
            library.key,
            library.shared.prefixes,
            library.shared.contains,
            tuple(
                (fact, symbol.names, symbol.text, symbol.argument)
                for fact, symbol in sorted(library.shared.asks.items())
            ),
        )
        for library in LIBRARIES
        if library.shared is not None
    ]
    variables = sorted({knob.variable for knob in KNOBS if knob.unconfirmable})
    return "".join(
        (
            _HEAD,
            _tuple("ASKS: tuple[tuple[str, str, tuple[Step, ...]], ...]", asks),
            '"""Fact, module, and what is taken of it: attributes, arguments of calls."""\n',
            _tuple("SHARED: tuple[tuple[str, tuple[str, ...], str, tuple[SymbolAsk, ...]], ...]", shared),
            '"""Libraries: how their files are called; fact, symbols, whether a text, argument."""\n',
            _tuple("VARIABLES: tuple[str, ...]", variables),
            '"""What cannot be asked of every library that reads it: only whether it is still set."""\n',
        )
    )


def _tuple(name: str, rows: Sequence[object]) -> str:
    return f"{name} = (\n" + "".join(f"    {_literal(row)},\n" for row in rows) + ")\n"


def _literal(value: object) -> str:
    """Return a literal as this project writes them: double quotes."""
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, tuple):
        inner = ", ".join(map(_literal, value))
        return f"({inner}{',' if len(value) == 1 else ''})"
    return repr(value)


if __name__ == "__main__":
    MODULE.write_text(render(), encoding="utf-8")
