# SPDX-License-Identifier: Apache-2.0
"""Paths of a project: which texts may name one, and the one syntax of patterns over them."""
