# SPDX-License-Identifier: Apache-2.0
"""Searches for hyperparameters: is the record of one true?"""
