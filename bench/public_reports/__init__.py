# SPDX-License-Identifier: Apache-2.0
"""Small projects that stand for public reports of training that does not repeat, and the right answers."""
