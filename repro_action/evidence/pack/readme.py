# SPDX-License-Identifier: Apache-2.0
"""The README of a pack: how it is checked with Python alone, by hand, and with repro."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from repro_action.evidence.model_card import LEVELS
from repro_action.evidence.pack.contents import PackItem
from repro_action.evidence.rebuild import rebuild_commands
from repro_action.evidence.verified_run import VerifiedRun
from repro_action.report.render.markdown.escape import Markdown, block, code, row

README = "README.md"

_CHECK = """\
## Check it with Python alone

```sh
python3 -m zipfile -e PACK.zip pack
python3 -B pack/check PACK.zip
python3 -B pack/check PACK.zip --artifacts FOLDER --key PUBLIC.pem
```

The second line needs Python 3.10 or later, no package and no network; it executes nothing of the pack but the
four files in `check/`, which are short: read them first, or do by hand what they do. The third line compares
the model's files as well (`FOLDER` holds them under the paths that `MANIFEST.json` lists), and verifies the
signatures. Each item that fails is named, and the exit status is 1.

## Check it by hand

In the folder `pack`:

1. Every file is what the lists say (`shasum -a 256 -c` on macOS):
   ```sh
   sha256sum -c SHA256SUMS
   ```
2. Nothing else is in the pack; this prints nothing:
   ```sh
   python3 -c "import os; listed = {line.split()[1] for line in open('SHA256SUMS')} | {'SHA256SUMS', 'MANIFEST.sigstore.json'}; print(*sorted(p for d, _, fs in os.walk('.') for f in fs if (p := os.path.relpath(os.path.join(d, f)).replace(os.sep, '/')) not in listed), sep='\\n', end='')"
   ```
3. The report is of the run that is recorded; both lines print the same fingerprint:
   ```sh
   python3 -c "import json; print(json.load(open('report.json'))['fingerprint'])"
   python3 -c "import hashlib, json; [(name, run)] = json.load(open('run.json', encoding='utf-8'))['platforms'].items(); print(hashlib.sha256(json.dumps({**run, 'platform': name}, sort_keys=True, ensure_ascii=False, separators=(',', ':')).encode()).hexdigest())"
   ```
4. The run made what the baseline says; this prints every artifact or metric that differs:
   ```sh
   python3 -c "import json; run, base = (json.load(open(f, encoding='utf-8'))['platforms'] for f in ('run.json', 'baseline.json')); [print(kind, key) for name in run for kind in ('products', 'metrics') for key in run[name][kind] if run[name][kind][key] != base[name][kind].get(key)]"
   ```
5. The statements are about these files: their subjects are among the artifacts of `MANIFEST.json`; that of a
   model's signature is the SHA-256 over the digests of its files.
   ```sh
   python3 -c "import base64, glob, json; [print(f, [s['digest'] for s in (json.loads(base64.b64decode(e['payload'])) if 'payload' in e else e)['subject']]) for f in sorted(glob.glob('statements/*.json')) for d in [json.load(open(f, encoding='utf-8'))] for e in [d.get('dsseEnvelope', d)]]"
   ```
6. The model that is deployed is one of these files:
   ```sh
   sha256sum FILE
   ```

## Check it with repro

```sh
pip install repro-action
repro pack --check PACK.zip --artifacts FOLDER --key PUBLIC.pem
```
"""  # noqa: E501 # commands to copy stand on one line
_SIGNED = """\
`MANIFEST.sigstore.json` is the signature of `MANIFEST.json`, which has the digest of every item. The public
key must come to you by another way than this pack. `check` and `repro` verify it with `--key`; by hand, where
it is a key of ECDSA:

```sh
python3 -c "import base64, json; e = json.load(open('MANIFEST.sigstore.json'))['dsseEnvelope']; p, t = base64.b64decode(e['payload']), e['payloadType'].encode(); print(p.decode()); open('../signed', 'wb').write(b'DSSEv1 %d %s %d %s' % (len(t), t, len(p), p)); open('../signature', 'wb').write(base64.b64decode(e['signatures'][0]['sig']))"
openssl dgst -sha256 -verify PUBLIC.pem -signature ../signature ../signed
sha256sum MANIFEST.json
```

The last line prints the digest that the first one shows as `subject`."""  # noqa: E501
_UNSIGNED = """\
**This pack is not signed.** The checks above say that it is whole and agrees with itself; they do not say
whom it is from. Rely on where you got it, or build the model again."""
_LIMITS = """\
## What it does not say

It says which bytes came from which commit, data, parameters and environment, and that a run on the machine
that `run_cards.md` describes made what the committed baseline says. It does not say that the data was lawful,
that the model is good, or that any law is obeyed. Durations and the description of the machine are that
machine's own word. Logs were searched for keys and passwords, which finds the usual ones."""


def readme(run: VerifiedRun, listed: Sequence[PackItem], *, signed: bool) -> str:
    """Return the page.

    Args:
        run: what was proven.
        listed: all items but this one.
        signed: whether the manifest is signed.
    """
    parts = [
        f"# Evidence of the model {code(run.name)}",
        "",
        "\n".join(_claim(run)),
        "",
        "## What is in it",
        "",
        "\n".join(_table(listed)),
        "",
        _CHECK,
        "## Whom it is from",
        "",
        _SIGNED if signed else _UNSIGNED,
        "",
        "## Build the model again",
        "",
        block("\n".join(rebuild_commands(run.source)), "sh"),
        "",
        f"`reproduced` is what to expect on a machine of the class {code(run.platform)}.",
        "The fingerprint covers the description of the machine, so another machine gives another one.",
        "",
        _LIMITS,
    ]
    return "\n".join(parts) + "\n"


def _claim(run: VerifiedRun) -> Iterator[str]:
    yield f"- level: {run.level.value}: {LEVELS[run.level]}"
    yield f"- commit: {code(run.source.commit)}"
    if run.source.repository:
        yield f"- repository: {code(run.source.repository, 300)}"
    yield f"- platform class: {code(run.platform)}"
    yield f"- fingerprint of the run: {code(run.fingerprint_id)}"


def _table(listed: Sequence[PackItem]) -> Iterator[str]:
    yield from ("| item | what it is |", "| --- | --- |")
    for item in listed:
        yield row([code(item.path, 200), Markdown(item.about)])
    yield row([code("MANIFEST.json"), Markdown("size and SHA-256 of every item and of the model's files")])
    yield row([code("SHA256SUMS"), Markdown("the same as a list for `sha256sum`")])
