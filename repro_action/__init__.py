# SPDX-License-Identifier: Apache-2.0
"""Prove that a machine-learning model can be rebuilt bit for bit, and name the cause when it cannot."""

__version__ = "0.1.0"
