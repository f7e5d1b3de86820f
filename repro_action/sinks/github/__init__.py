# SPDX-License-Identifier: Apache-2.0
"""Where reports are told: comments, issues, job summaries, annotations, outputs of the action."""
