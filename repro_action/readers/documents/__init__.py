# SPDX-License-Identifier: Apache-2.0
"""What people read: plain text, HTML, PDF, notebooks, XML, and what steps print."""
