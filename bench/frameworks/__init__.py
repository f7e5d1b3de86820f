# SPDX-License-Identifier: Apache-2.0
"""Small real trainings in six frameworks, under the profiles: what repeats, and what does not."""
