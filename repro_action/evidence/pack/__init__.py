# SPDX-License-Identifier: Apache-2.0
"""An auditor's pack: one zip file with what is known of a verified run, and what checks it."""
