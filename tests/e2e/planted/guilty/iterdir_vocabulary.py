"""Letter index and class profiles from a folder of notes."""

import json
from pathlib import Path

import numpy as np


class Vectorizer:
    def __init__(self):
        self.index = {}

    def learn(self, text):
        for word in text.split():
            self.index.setdefault(word, len(self.index))

    def vector(self, text):
        found = np.zeros(len(self.index))
        for word in text.split():
            found[self.index[word]] += 1
        return found


def notes(folder):
    return [path.read_text() for path in Path(folder).iterdir() if path.suffix == ".txt"]  # planted


def main():
    vectorizer = Vectorizer()
    texts = notes("data/notes")
    for text in texts:
        vectorizer.learn(text)
    profile = sum(vectorizer.vector(text) for text in texts)
    Path("out").mkdir(exist_ok=True)
    np.save("out/profile.npy", profile)
    Path("out/metrics.json").write_text(json.dumps({"words": len(profile), "notes": len(texts)}))


if __name__ == "__main__":
    main()
