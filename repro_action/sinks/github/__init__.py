# SPDX-License-Identifier: Apache-2.0
"""Reports on GitHub: comments, issues, job summaries, annotations, outputs of the action."""
