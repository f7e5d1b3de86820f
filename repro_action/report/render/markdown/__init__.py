# SPDX-License-Identifier: Apache-2.0
"""Reports as Markdown: for files, job summaries and pull-request comments."""
