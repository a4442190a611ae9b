#!/usr/bin/env bash
# Find or install uv. Needs Python 3.11 or newer; installs Debian's python3-venv when Python cannot make an environment.
set -euo pipefail
cd "$(dirname "$0")/.."

if command -v uv >/dev/null 2>&1 || [ -x .tools/bin/uv ]; then
  exit 0
fi

python=$(command -v python3.11 || command -v python3 || true)
if [ -z "$python" ] || ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
  echo "Python 3.11 or newer is needed (apt-get install python3)." >&2
  exit 1
fi

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; elif command -v sudo >/dev/null 2>&1; then sudo "$@"; else return 1; fi
}

if ! "$python" -m venv .tools >/dev/null 2>&1; then
  rm -rf .tools
  echo "Python cannot make a virtual environment; installing python3-venv …"
  if ! { as_root apt-get update -qq && as_root apt-get install -y -qq python3-venv; } >/dev/null; then
    echo "Could not install python3-venv. As root: apt-get install python3-venv" >&2
    exit 1
  fi
  "$python" -m venv .tools
fi
.tools/bin/pip install --quiet --disable-pip-version-check 'uv>=0.7'
