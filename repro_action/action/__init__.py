# SPDX-License-Identifier: Apache-2.0
"""What the action does on a runner, in three stages; the first and the last alone have a token.

look   reads the inputs, finds configurations, fetches the base commit, says whether Nix is needed
run    trains and compares: a pull request's code runs here
tell   writes summary and annotations, posts the comment, and says whether the job fails
"""
