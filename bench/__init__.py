# SPDX-License-Identifier: Apache-2.0
"""Measures repro side by side with what a user would pick instead; `make bench`."""
