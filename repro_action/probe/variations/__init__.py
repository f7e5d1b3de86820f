# SPDX-License-Identifier: Apache-2.0
"""Deliberate disturbances of a run, one small class each: what does the result depend on?"""
