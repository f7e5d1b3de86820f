# SPDX-License-Identifier: Apache-2.0
"""Receipts: what other builders say that they got when they rebuilt a commit."""
