# SPDX-License-Identifier: Apache-2.0
"""Runs of repro in an MLflow tracking server."""
