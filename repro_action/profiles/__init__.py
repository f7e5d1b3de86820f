# SPDX-License-Identifier: Apache-2.0
"""Profiles of data: what its columns hold, in at most a kilobyte a column."""
