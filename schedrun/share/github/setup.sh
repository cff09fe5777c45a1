#!/usr/bin/env bash
# Install schedrun for the steps that follow.
# Takes PYTHON, VERSION (empty: the action's own), and of the runner RUNNER_TEMP and GITHUB_ACTION_PATH.
set -euo pipefail

wanted=$GITHUB_ACTION_PATH
if [[ -n $VERSION ]]; then
  if [[ ! $VERSION =~ ^[0-9][0-9A-Za-z.+!-]*$ ]]; then
    echo "::error::the input version is no release: write one such as 1.2.0"
    exit 2
  fi
  wanted="schedrun==$VERSION"
fi

# Away from the checkout, and isolated: Python must find no module that a pull request brings.
cd "$RUNNER_TEMP"
if ! "$PYTHON" -I -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
  echo "::error::schedrun needs Python 3.11 or newer: name one with the input python, or use actions/setup-python before"
  exit 2
fi
"$PYTHON" -I -m venv "$RUNNER_TEMP/schedrun-venv"
"$RUNNER_TEMP/schedrun-venv/bin/python" -I -m pip install --quiet --disable-pip-version-check "$wanted"
"$RUNNER_TEMP/schedrun-venv/bin/schedrun" --version
