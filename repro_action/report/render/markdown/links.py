# SPDX-License-Identifier: Apache-2.0
"""Links to lines of the repository at the commit that was trained.

The address of the repository is that of the workflow run's page, the commit comes from the event, and a
path that is not plain has no link: nothing that a stranger wrote can lead anywhere else.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass

from repro_action.paths.names import notebook_of, place
from repro_action.report.render.locations import LAST_LINE
from repro_action.report.render.markdown.escape import Markdown, code

_RUN = re.compile(
    r"(https?://[A-Za-z0-9.-]+(?::[0-9]{1,5})?/[A-Za-z0-9._-]+/[A-Za-z0-9._-]+)/actions/runs/[0-9]+"
)
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_PATH = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./+-]{0,299}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceLinks:
    """Where files of one project are seen; without a repository or commit nothing is linked.

    Attributes:
        repository: its address, without a slash at its end.
        commit: whole.
        folder: of the project in the repository; empty for its top.
    """

    repository: str = ""
    commit: str = ""
    folder: str = ""

    @classmethod
    def of(cls, run_url: str, commit: str, folder: str = "") -> SourceLinks:
        """Return the links of a repository, which the address of a run's page names."""
        found = _RUN.fullmatch(run_url)
        if found is None or not _COMMIT.fullmatch(commit):
            return cls()
        return cls(repository=found[1], commit=commit, folder=folder)

    def run(self, number: int) -> Markdown:
        """Return a workflow run of the repository, linked where that is possible."""
        shown = f"run {number:d}"
        link = f"[{shown}]({self.repository}/actions/runs/{number:d})"
        return Markdown(link if self.repository else shown)

    def at(self, file: str, line: int = 0) -> Markdown:
        """Return a file's name and line as code; linked by its path in the repository where that is possible.

        Args:
            file: relative to the project.
            line: from 1; 0 for the whole file.
        """
        has_line = 0 < line <= LAST_LINE
        path = posixpath.normpath(posixpath.join(self.folder, notebook_of(file))) if file else ""
        if not self.repository or not _PATH.fullmatch(path):
            return code(place(file, line) if has_line else file)
        cell = file.removeprefix(notebook_of(file))
        shown = code(place(f"{path}{cell}", line) if has_line else f"{path}{cell}")
        # Lines of a cell are no lines of the file.
        anchor = f"#L{line}" if has_line and not cell else ""
        return Markdown(f"[{shown}]({self.repository}/blob/{self.commit}/{path}{anchor})")


NOWHERE = SourceLinks()
