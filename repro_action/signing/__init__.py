# SPDX-License-Identifier: Apache-2.0
"""Keys that sign statements, and keys that vouch for them."""
