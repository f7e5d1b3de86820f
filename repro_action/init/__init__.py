# SPDX-License-Identifier: Apache-2.0
"""`repro init`: look at a repository without running any of it, and propose a configuration."""
