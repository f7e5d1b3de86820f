# SPDX-License-Identifier: Apache-2.0
"""Pins what makes a training differ between runs and machines, and has it confirmed from inside."""
