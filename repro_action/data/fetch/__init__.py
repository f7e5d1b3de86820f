# SPDX-License-Identifier: Apache-2.0
"""Data that is not there is fetched: from an address, from DVC's cache or remote, by git-lfs."""
