# SPDX-License-Identifier: Apache-2.0
"""Which part of a change moved the metrics: players, coalitions, and what is each one's share."""
