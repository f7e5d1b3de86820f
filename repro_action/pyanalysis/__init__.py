# SPDX-License-Identifier: Apache-2.0
"""One model of Python source: parsed, never executed.

`parse` makes a `SourceModule` of one file, `link` makes a `SourceProgram` of several.
The other files answer questions about these: which paths an expression can stand for (`path_values`),
which files a program reads and writes (`accesses`), which expressions are sets (`sets`), whether an
order reaches a result (`order`), what becomes of a value (`uses`).
"""
