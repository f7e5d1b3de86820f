# SPDX-License-Identifier: Apache-2.0
"""What a comment says once its results were accepted."""

from __future__ import annotations

from dataclasses import dataclass

from repro_action.report.render.markdown.escape import Markdown, code

_SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """Results of a report that became baselines of the branch.

    Attributes:
        commit: the newest commit that made them so.
        by: login of who asked.
        configs: paths of the configurations; foreign.
        checked: whether a run of that commit was started.
    """

    commit: str
    by: str
    configs: tuple[str, ...]
    checked: bool

    @property
    def next(self) -> str:
        """One sentence about the checks of the commit."""
        if self.checked:
            return "Its checks have been started."
        return "Its checks start with the next push to this branch: a workflow's own commit starts none."

    @property
    def line(self) -> Markdown:
        """One paragraph below the heading."""
        names = ", ".join(code(path, 100) for path in self.configs[:_SHOWN])
        more = f" and {len(self.configs) - _SHOWN} more" if len(self.configs) > _SHOWN else ""
        by = code(self.by, 100)
        return Markdown(f"✅ **Accepted** by {by} in {code(self.commit[:12])}: {names}{more}. {self.next}")
