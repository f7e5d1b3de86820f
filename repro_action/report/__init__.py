# SPDX-License-Identifier: Apache-2.0
"""What a run has to tell: one `Report`, and a visitor for each medium.

`terminal`, `markdown` and `json_report` are pure functions of the report; `progress` shows
work that goes on; `text` and `numbers` are shared by all. Nothing here imports rich or
jsonschema before it is used.
"""
