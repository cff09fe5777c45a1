#!/bin/sh
# Say what the merge request changes: in the log, and in one note that is kept up to date.
# Takes SCHEDRUN_PATHS, SCHEDRUN_FAIL_ON (may be empty), SCHEDRUN_TOKEN (may be missing: no note), SCHEDRUN (the program, by default
# that of the template), and of the runner the CI_* variables of a merge request.
# The note is known again by its paths, so that other jobs, which look at others, have their own.
set -eu

marker='<!-- schedrun-plan -->'
schedrun="${SCHEDRUN:-/tmp/schedrun/bin/schedrun}"
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
plan="$folder/plan.md"

# Curl with the token, which stands in a file: a process list shows arguments.
api() {
  curl --fail --silent --show-error --header "@$folder/header" "$@"
}

# The number of the user who has the token.
user_id() {
  api --output "$folder/user" "$CI_API_V4_URL/user" || return 1
  python3 -I -c 'import json, sys; print(int(json.load(open(sys.argv[1], encoding="utf-8"))["id"]))' "$folder/user"
}

# The number of the note that this token wrote before: anybody can write what it begins with.
note_id() {
  me="$(user_id)" || return 1
  page=1
  while [ -n "$page" ]; do
    api --output "$folder/notes" --dump-header "$folder/answer" "$notes?per_page=100&page=$page" || return 1
    id="$(
      python3 -I -c '
import json, sys
file, author, *begin = sys.argv[1:]
for note in json.load(open(file, encoding="utf-8")):
    if str(note["author"]["id"]) == author and note["body"].splitlines()[:2] == begin:
        print(note["id"])
        break
' "$folder/notes" "$me" "$marker" "$key"
    )" || return 1
    if [ -n "$id" ]; then
      echo "$id"
      return
    fi
    page="$(sed -n 's/^[Xx]-[Nn]ext-[Pp]age: *\([0-9]*\).*/\1/p' "$folder/answer")"
  done
}

write_note() {
  # The pipeline of a fork runs in the fork, whose merge requests have numbers of their own.
  notes="$CI_API_V4_URL/projects/$CI_MERGE_REQUEST_PROJECT_ID/merge_requests/$CI_MERGE_REQUEST_IID/notes"
  printf 'PRIVATE-TOKEN: %s\n' "$SCHEDRUN_TOKEN" >"$folder/header"
  key="<!-- $(printf '%s\n' "${SCHEDRUN_PATHS:-}" | git hash-object --stdin) -->" || return 1
  id="$(note_id)" || return 1
  printf '%s\n' "$marker" "$key" >"$folder/note"
  if [ -s "$plan" ]; then
    tail -n +2 "$plan" >>"$folder/note"
  else
    echo 'The manifests change no job any more.' >>"$folder/note"
  fi
  if [ -n "$id" ]; then
    api --output /dev/null --request PUT --data-urlencode "body@$folder/note" "$notes/$id"
  elif [ -s "$plan" ]; then
    api --output /dev/null --request POST --data-urlencode "body@$folder/note" "$notes"
  fi
}

code=0
# A pipeline of merged results tests a merge into the target branch as it is by then: only there is this variable set.
base="${CI_MERGE_REQUEST_TARGET_BRANCH_SHA:-$CI_MERGE_REQUEST_DIFF_BASE_SHA}"
"$schedrun" plan --base "$base" --format markdown ${SCHEDRUN_FAIL_ON:+--fail-on "$SCHEDRUN_FAIL_ON"} >"$plan" || code=$?
# Nothing to show for a failure is no news that nothing changes.
if [ "$code" -gt 1 ] || { [ "$code" -eq 1 ] && [ ! -s "$plan" ]; }; then exit "$code"; fi
cat "$plan"
if [ -n "${SCHEDRUN_TOKEN:-}" ]; then
  write_note || echo 'the plan stands here alone: SCHEDRUN_TOKEN cannot write notes of this merge request' >&2
fi
exit "$code"
