# SPDX-License-Identifier: Apache-2.0
"""Predictions of two versions of a model, row by row: which decisions differ, which are newly wrong."""
