# SPDX-License-Identifier: Apache-2.0
"""The data of each section of a report, worked out once: typed, without wording, read by every renderer."""
