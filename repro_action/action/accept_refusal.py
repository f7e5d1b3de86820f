# SPDX-License-Identifier: Apache-2.0
"""Why `/repro accept` is not obeyed."""

from __future__ import annotations


class AcceptRefusal(Exception):
    """The answer to a command that is not obeyed.

    Attributes:
        markdown: the answer, its foreign parts escaped.
    """

    def __init__(self, markdown: str) -> None:
        super().__init__(markdown)
        self.markdown = markdown
