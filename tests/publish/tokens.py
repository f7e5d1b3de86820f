# SPDX-License-Identifier: Apache-2.0
"""The token of the workflow, as the tests know it again."""

TOKEN = "ghs_16C7e42F292c6912E7710c838347Ae178B4a"
