"""Write requirements/*.txt from pyproject.toml: hashes of every release file, and no host."""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
LOCKS = {
    "runtime.txt": [],
    "dev.txt": ["--extra", "examples", "--group", "test", "--group", "lint"],
    "bench.txt": ["--group", "bench"],
}
EXTRA = {"dev.txt": "hatchling>=1.27\neditables>=0.5\n", "runtime.txt": "", "bench.txt": ""}


def main() -> None:
    for name, options in LOCKS.items():
        target = HERE / name
        command = [
            "uv",
            "pip",
            "compile",
            "--quiet",
            "--universal",
            "--generate-hashes",
            "--python-version",
            "3.11",
        ]
        command += [
            "--no-header",
            "--no-annotate",
            "--no-emit-index-url",
            "--no-emit-find-links",
            "--upgrade",
            "--fork-strategy",
            "fewest",
        ]
        command += [*options, "pyproject.toml", *(["-"] if EXTRA[name] else []), "--output-file", str(target)]
        done = subprocess.run(command, cwd=HERE.parent, input=EXTRA[name], text=True, check=False)
        if done.returncode:
            sys.exit(done.returncode)


if __name__ == "__main__":
    main()
