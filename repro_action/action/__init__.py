# SPDX-License-Identifier: Apache-2.0
"""What the action does on a runner, in three stages; the first and the last alone have a token.

prepare  reads the inputs, finds configurations, fetches the base commit, says whether Nix is needed
run      trains and compares: a pull request's code runs here
publish  hands the reports to every sink that was asked for, and says whether the job fails
"""
