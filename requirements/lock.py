"""Write requirements/*.txt from pyproject.toml: hashes of every release file, and no host."""

import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
PROJECT = "pyproject.toml"
LOCKS = {
    "runtime.txt": [PROJECT],
    "publish.txt": ["--group", "publish", "--constraint", str(HERE / "runtime.txt")],
    "dev.txt": [PROJECT, "--extra", "examples", "--group", "test", "--group", "lint"],
    "bench.txt": [PROJECT, "--group", "bench"],
    "tools.txt": ["--group", "tools"],
    "extras.txt": [
        *(PROJECT, "--extra", "data", "--extra", "tables", "--extra", "zstd"),
        *("--constraint", str(HERE / "dev.txt")),
    ],
}
# The build without CUDA for Python 3.11 on Linux, which stands on another index than the others;
# the default build would need several gigabytes of CUDA.
TORCH = """torch==2.13.0+cpu \\
    --hash=sha256:6746dbcbeb526eb61330b76b41ff1b4eb848951103a892eeb080dfa2b264667b
"""
EXTRA = {"dev.txt": "hatchling>=1.27\neditables>=0.5\n"}
COMPILE = [
    *("uv", "pip", "compile", "--quiet", "--universal", "--generate-hashes", "--python-version", "3.11"),
    *("--no-header", "--no-annotate", "--no-emit-index-url", "--no-emit-find-links"),
    *("--fork-strategy", "fewest"),
    # Without it, what is locked stays as it is, and only what pyproject.toml asks for anew is added.
    *(["--upgrade"] if "--upgrade" in sys.argv[1:] else []),
]


def main() -> None:
    for name, options in LOCKS.items():
        sources = [*options, *(["-"] if name in EXTRA else [])]
        compiled([*sources, "--output-file", str(HERE / name)], EXTRA.get(name, ""))
    # What requirements/install.py begins with, where uv is not on PATH.
    dev = (HERE / "dev.txt").read_text(encoding="utf-8")
    (HERE / "uv.txt").write_text("".join(re.findall(r"(?m)^uv==.*\n(?: .*\n)*", dev)), encoding="utf-8")
    if "--upgrade" not in sys.argv[1:]:
        return
    frameworks = compiled([str(HERE / "frameworks.in")], "")
    (HERE / "frameworks.txt").write_text(frameworks + TORCH, encoding="utf-8")


def compiled(arguments: list[str], text: str) -> str:
    command = [*COMPILE, *arguments]
    done = subprocess.run(
        command, cwd=HERE.parent, input=text, stdout=subprocess.PIPE, text=True, check=False
    )
    if done.returncode:
        sys.exit(done.returncode)
    return done.stdout


if __name__ == "__main__":
    main()
