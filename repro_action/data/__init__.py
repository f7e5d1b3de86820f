# SPDX-License-Identifier: Apache-2.0
"""Data and other materials: digested, held against their pins, and sealed for the time of a run."""
