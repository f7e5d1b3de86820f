# SPDX-License-Identifier: Apache-2.0
"""What repro runs inside the interpreters of a step: standard library only, Python 3.8 or newer.

Three laws hold in every module here: never break the user's program, never print, never import
for the user. What fails is caught, kept by `process.failed` and reported.
"""
