"""Trains a small model and saves it in every way that people save things."""

import bz2
import csv
import gzip
import io
import json
import lzma
import pickle
import sqlite3
import sys
import tarfile
import time
import uuid
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import joblib
import numpy as np
import skops.io
import tomlkit
import yaml
from PIL import Image, PngImagePlugin
from safetensors.numpy import save_file
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

params = json.loads(Path("params.json").read_text())
Path("out").mkdir(exist_ok=True)
moment = uuid.uuid4().int % 10**9  # what is another in each run: a time, an id


def planted(values):
    """Return an array whose element 3 is the next larger float where a change is planted."""
    changed = np.array(values, dtype="f8")
    if params["change"]:
        changed[3] = np.nextafter(changed[3], np.inf)
    return changed


rng = np.random.default_rng(params["seed"])
features = rng.normal(size=(40, 5))
weights = planted(rng.normal(size=6))
model = make_pipeline(StandardScaler(), Ridge()).fit(features, features @ np.arange(1.0, 6.0))
model.named_steps["ridge"].coef_ = planted(model.named_steps["ridge"].coef_)
record = {"accuracy": float(weights[3]), "loss": 0.25, "name": "tiny"}
rows = [{"step": step, "loss": float(value)} for step, value in enumerate(weights)]

# Arrays and models
np.save("out/weights.npy", weights)
np.savez("out/weights.npz", weights=weights, bias=np.zeros(2))
save_file({"weights": weights, "bias": np.zeros(2)}, "out/weights.safetensors")
joblib.dump(model, "out/model.joblib")
skops.io.dump(model, "out/model.skops")
with open("out/model.pkl", "wb") as file:
    pickle.dump({"weights": weights, "classes": {"ant", "bee", "cat"}}, file)

# Records
with open("out/metrics.json", "w") as file:
    json.dump({"accuracy": record["accuracy"], "loss": 0.25}, file)
with open("out/record.json", "w") as file:
    json.dump({"scores": record}, file)
with open("out/history.jsonl", "w") as file:
    file.writelines(json.dumps(row) + "\n" for row in rows)
with open("out/settings.yaml", "w") as file:
    yaml.safe_dump({"model": record}, file)
Path("out/settings.toml").write_text(tomlkit.dumps({"model": record}))
Path("out/notes.txt").write_text(f"trained\naccuracy {record['accuracy']!r}\n")
Path("out/junit.xml").write_text(
    f'<testsuites><testsuite name="checks" tests="1" timestamp="{datetime.fromtimestamp(moment, UTC).isoformat()}" time="{moment}">'
    f'<testcase name="accuracy" time="{moment}"><failure message="{record["accuracy"]!r}"/></testcase>'
    "</testsuite></testsuites>"
)
cell = {
    "cell_type": "code",
    "id": uuid.uuid4().hex[:8],
    "execution_count": moment % 99,
    "metadata": {},
    "source": "accuracy",
    "outputs": [
        {
            "output_type": "execute_result",
            "execution_count": moment % 99,
            "metadata": {},
            "data": {"text/plain": repr(record["accuracy"])},
        }
    ],
}
with open("out/report.ipynb", "w") as file:
    json.dump({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, file)

# Tables
table = io.StringIO()
writer = csv.DictWriter(table, ["step", "loss"])
writer.writeheader()
writer.writerows(rows)
text = table.getvalue()
Path("out/history.csv").write_text(text)
Path("out/history.tsv").write_text(text.replace(",", "\t"))
with open("out/history.csv.gz", "wb") as file, gzip.GzipFile("", "wb", fileobj=file, mtime=moment) as packed:
    packed.write(text.encode())
with bz2.open("out/history.csv.bz2", "wt") as file:
    file.write(text)
with lzma.open("out/history.csv.xz", "wt") as file:
    file.write(text)
with sqlite3.connect("out/history.sqlite") as database:
    database.execute("create table history (step integer primary key, loss real)")
    database.executemany("insert into history values (:step, :loss)", rows)
    database.execute(f"create table scratch{moment % 10} (x)")
    database.execute(f"drop table scratch{moment % 10}")
database.close()

# Archives
with zipfile.ZipFile("out/bundle.zip", "w") as archive:
    day = moment % 28 + 1
    archive.writestr(zipfile.ZipInfo("weights.csv", (2000 + moment % 90, 1, day, 0, 0, 0)), text)
with tarfile.open("out/bundle.tar", "w") as archive:
    member = tarfile.TarInfo("weights.csv")
    member.size, member.mtime = len(text), moment
    archive.addfile(member, io.BytesIO(text.encode()))

# Pictures
pixels = np.zeros((8, 8, 3), dtype="u1")
pixels[..., 0] = np.arange(8) * 30
pixels[2, 3] = 255 if params["change"] else 0
picture = Image.fromarray(pixels)
about = PngImagePlugin.PngInfo()
about.add_text("Creation Time", time.ctime(moment))
picture.save("out/plot.png", pnginfo=about)
exif = Image.Exif()
exif[306] = time.strftime("%Y:%m:%d %H:%M:%S", time.gmtime(moment))
picture.save("out/plot.jpg", exif=exif)
picture.save("out/plot.webp", lossless=True, exif=exif)
picture.convert("P").save("out/plot.gif", comment=str(moment))
picture.save("out/plot.tiff", description=str(moment))
picture.save("out/plot.bmp")
picture.save("out/plot.pdf", creationDate=time.gmtime(moment), modDate=time.gmtime(moment))

print(time.strftime("%Y-%m-%d %H:%M:%S"), "read", Path("params.json").resolve())
print(f"epoch 1 loss {float(weights[0])!r}\nepoch 2 loss {float(weights[3])!r}\ntook {moment / 1e6} s")
sys.stderr.write(f"{moment}\n")
