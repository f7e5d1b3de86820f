# SPDX-License-Identifier: Apache-2.0
"""Executes a notebook in the step's interpreter, with the nbclient and ipykernel that are installed there."""
