# SPDX-License-Identifier: Apache-2.0
"""Data and other materials: digested, compared with their pins, and sealed for the duration of a run."""
