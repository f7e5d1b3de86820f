# SPDX-License-Identifier: Apache-2.0
"""Reports as one page of HTML that loads nothing: every foreign text is escaped, every picture is inline."""
