#!/usr/bin/env bash
# Starts one stage of the action with the newest suitable Python of the runner, or with the flake's.
set -euo pipefail
if [ "${RUNNER_OS:-}" = Windows ]; then
  echo "::error title=repro::the action runs on Linux and macOS, and this runner has Windows: use \`runs-on: ubuntu-24.04\`"
  exit 2
fi
root="$(cd "${GITHUB_ACTION_PATH:-$(dirname "${BASH_SOURCE[0]}")/../..}" && pwd)"
looks='import sys; from importlib.util import find_spec; sys.exit(sys.version_info < (3, 11) or not find_spec("ensurepip"))'
for name in python3 python python3.14 python3.13 python3.12 python3.11; do
  python="$(command -v "$name" || true)"
  if [ -n "$python" ] && "$python" -I -S -c "$looks" >/dev/null 2>&1; then
    exec "$python" -I -S "$root/repro_action/bootstrap.py" action "$@"
  fi
done
if command -v nix >/dev/null; then
  exec nix --extra-experimental-features 'nix-command flakes' run --no-update-lock-file "path:$root#default" -- action "$@"
fi
echo "::error title=repro::no Python from 3.11 on and no Nix on this runner: add a step with actions/setup-python before this one"
exit 2
