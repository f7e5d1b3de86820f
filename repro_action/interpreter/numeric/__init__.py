# SPDX-License-Identifier: Apache-2.0
"""Reads the numeric signature of an interpreter."""
