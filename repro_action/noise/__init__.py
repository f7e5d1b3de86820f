# SPDX-License-Identifier: Apache-2.0
"""What other seeds alone do to metrics: its statistics, its record, and what a change is worth against it."""
