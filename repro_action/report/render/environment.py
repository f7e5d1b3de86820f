# SPDX-License-Identifier: Apache-2.0
"""The template engine for every medium: its own escaper for each, and values only.

A template reads values and calls its own macros, and nothing else. What joins texts past the
escaper is left out of the language: Jinja's own filters and globals.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Environment

Filters = Mapping[str, Callable[..., object]]


def template_environment(
    folder: Path, *, escape: Callable[[object], object], filters: Filters
) -> Environment:
    """Return an environment in which every value that a template prints is escaped.

    Args:
        folder: of the templates.
        escape: makes a text of the medium from any value, as an object with `__html__`, and leaves
            such objects as they are.
        filters: all that a template may do to a value.
    """
    from jinja2 import FileSystemLoader, StrictUndefined
    from jinja2.runtime import Macro
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    class ValuesOnly(ImmutableSandboxedEnvironment):
        def is_safe_callable(self, obj: object) -> bool:
            return isinstance(obj, Macro)

        def getattr(self, obj: object, attribute: str) -> object:
            # The usual check of what an attribute may change costs a third of a report; nothing is called.
            if attribute.startswith("_"):
                return self.unsafe_undefined(obj, attribute)
            try:
                return getattr(obj, attribute)
            except AttributeError:
                return self.undefined(obj=obj, name=attribute)

    made = ValuesOnly(
        loader=FileSystemLoader(folder),
        autoescape=True,
        finalize=escape,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        cache_size=-1,  # all of them, in a table without a lock
    )
    made.globals.clear()
    made.filters.clear()
    made.filters.update(filters)
    return made
