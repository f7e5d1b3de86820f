# SPDX-License-Identifier: Apache-2.0
"""Folders and archives: what contains artifacts of every other family."""
