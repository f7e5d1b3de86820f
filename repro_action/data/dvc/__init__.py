# SPDX-License-Identifier: Apache-2.0
"""DVC's files: what they say of stages, data and digests. Nothing here runs, and none of them is written."""
