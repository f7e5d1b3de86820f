# SPDX-License-Identifier: Apache-2.0
"""From a publication to what the Markdown renderers want to know of its place."""

from __future__ import annotations

from repro_action.report.render.markdown.comment import CommentContext
from repro_action.sinks.protocol import Publication


def context_of(publication: Publication) -> CommentContext:
    """Return the context of a page about a publication."""
    return CommentContext(
        run_url=publication.run_url,
        artifact_url=publication.artifact_url,
        page_url=publication.page_url,
        commit=publication.commit,
        base=publication.base,
        branch=publication.branch,
        accept=publication.accepts,
    )
