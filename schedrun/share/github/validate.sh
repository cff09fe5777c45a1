#!/usr/bin/env bash
# Validate the manifests: annotations for the pull request, and reports in files.
# Takes PATHS (one a line), FAIL_ON, SARIF and JUNIT (each may be empty), and of the runner RUNNER_TEMP.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/paths.sh"

options=(--format github)
if [[ -n $FAIL_ON ]]; then options+=(--fail-on "$FAIL_ON"); fi
if [[ -n $SARIF ]]; then options+=(--report "sarif=$SARIF"); fi
if [[ -n $JUNIT ]]; then options+=(--report "junit=$JUNIT"); fi
exec "$RUNNER_TEMP/schedrun-venv/bin/schedrun" validate "${options[@]}" -- "${paths[@]}"
