# SPDX-License-Identifier: Apache-2.0
"""What is asked of GitHub about a branch: its commit, what is there, one commit more."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from repro_action.sinks.github import converters as answers
from repro_action.sinks.github.client import Client
from repro_action.sinks.github.error_mapping import Needs
from repro_action.sinks.github.port import CodeHostError, Missing
from repro_action.sinks.github.retry import Repeat

if TYPE_CHECKING:
    from github import InputGitTreeElement

_FILES: Needs = {"contents": "read"}
_WRITE_FILES: Needs = {"contents": "write"}


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredBlob:
    """A content that is in the repository already, by git's name for it."""

    sha: str


def blob_name(content: bytes) -> str:
    """Return git's name for a content, in repositories of SHA-1: a name, and no proof of anything."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


class BranchApi:
    """Branches of one repository; a part of `GitHub`, and with its errors."""

    _client: Client

    def head(self, branch: str) -> str | None:
        """Return the commit of a branch; None where there is no such branch."""
        try:
            return self._client.ask(
                "reading a branch", _FILES, lambda: answers.sha(self._client.head(branch))
            )
        except Missing:
            return None

    def tree(self, commit: str) -> Mapping[str, str]:
        """Return path → git's name of each file of a commit.

        Raises:
            CodeHostError: there are more than GitHub lists.
        """
        repo = self._client.repo

        def read() -> Mapping[str, str]:
            found = repo.get_git_tree(repo.get_git_commit(commit).tree.sha, recursive=True)
            if found.truncated:
                raise CodeHostError("the branch has more files than GitHub lists")
            return {one.path: answers.sha(one.sha) for one in found.tree if one.type == "blob"}

        return self._client.ask("listing the files of a branch", _FILES, read)

    def commit_files(
        self, files: Mapping[str, bytes | StoredBlob | None], *, branch: str, parent: str | None, message: str
    ) -> str:
        """Put one commit with all these files on a branch, and return it; nothing is ever forced.

        Args:
            files: path in the repository → the new content, or one that the repository has; None removes it.
            branch: its name.
            parent: the commit that the branch must be at; where it has moved, nothing is done. None for a
                new branch that has nothing else.
            message: of the commit.
        """
        repo = self._client.repo

        def make() -> str:
            parts = [self._element(path, content) for path, content in files.items()]
            above = [repo.get_git_commit(parent)] if parent is not None else []
            tree = repo.create_git_tree(parts, above[0].tree) if above else repo.create_git_tree(parts)
            return answers.sha(repo.create_git_commit(message, tree, above).sha)

        # NOTE: what is made twice hangs on no branch, and is swept by GitHub.
        made = self._client.ask("making a commit", _WRITE_FILES, make, Repeat.SAME)
        if parent is None:
            self._client.ask(
                "making a branch", _WRITE_FILES, lambda: self._client.begin(branch, made), Repeat.NEVER
            )
        else:
            # Moving twice to one commit is moving once, and never back: it is no child of what came after.
            self._client.ask(
                "moving the branch", _WRITE_FILES, lambda: self._client.move(branch, made), Repeat.SAME
            )
        return made

    def _element(self, path: str, content: bytes | StoredBlob | None) -> InputGitTreeElement:
        """Return one file of a commit; only what is no text needs a request of its own."""
        from github import InputGitTreeElement

        if content is None:
            return InputGitTreeElement(path, "100644", "blob", sha=None)
        if isinstance(content, StoredBlob):
            return InputGitTreeElement(path, "100644", "blob", sha=content.sha)
        try:
            return InputGitTreeElement(path, "100644", "blob", content=content.decode())
        except UnicodeDecodeError:
            encoded = base64.b64encode(content).decode("ascii")
            made = self._client.repo.create_git_blob(encoded, "base64")
            return InputGitTreeElement(path, "100644", "blob", sha=answers.sha(made.sha))
