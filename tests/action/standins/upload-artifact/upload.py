"""Zip one file into a folder; like GitHub, refuse a name that the run has used."""

import sys
import zipfile
from pathlib import Path


def main(folder: Path, name: str, file: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{name}.zip"
    if target.exists():
        sys.exit(f"an artifact named {name} exists already on this workflow run")
    half = target.with_suffix(".half")
    with zipfile.ZipFile(half, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(file, file.name)
    half.rename(target)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
