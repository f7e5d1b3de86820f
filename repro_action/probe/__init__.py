# SPDX-License-Identifier: Apache-2.0
"""`repro probe`: variations, trials and the bisection that finds those that change the outputs."""
