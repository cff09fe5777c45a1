#!/usr/bin/env bash
# Say what the change of the manifests changes: in the step's summary, and in one comment that is kept up to date.
# Takes PATHS (one a line), BASE (a commit, or empty: that of the pull request), EVENT_BASE (what the event calls that),
# FAIL_ON (may be empty), COMMENT (true or not), PULL_REQUEST (its number, or empty) and GH_TOKEN, and of the runner
# RUNNER_TEMP, GITHUB_REF, GITHUB_SHA, GITHUB_REPOSITORY, GITHUB_SERVER_URL and GITHUB_STEP_SUMMARY.
# The comment is known again by its paths, so that other workflows and jobs, which look at others, have their own.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/paths.sh"

marker='<!-- schedrun-plan -->'
plan="$RUNNER_TEMP/schedrun-plan.md"
body="$RUNNER_TEMP/schedrun-comment.md"

# The commit that the pull request changes. What is checked out by default is a merge into the base branch as it is by
# then: its first parent. The event may name an older one, and what others merged since would look like a part of this
# change. Any other commit is compared with where its branch began, or it would seem to take away what others merged.
base_of_pull_request() {
  local head parents
  head="$(git rev-parse --verify --quiet HEAD)" || head=''
  if [[ ${GITHUB_REF:-} == refs/pull/*/merge && -n $head && $head == "${GITHUB_SHA:-}" ]]; then
    # The commit's own text: a shallow checkout hides parents.
    parents="$(git cat-file commit "$head" | sed -n -e '/^$/q' -e 's/^parent //p')"
    if [[ $parents =~ ^[0-9a-f]+$'\n'[0-9a-f]+$ ]]; then
      echo "${parents%%$'\n'*}"
      return
    fi
  fi
  if ! git merge-base --end-of-options "$EVENT_BASE" HEAD 2>/dev/null; then
    echo '::warning::where this branch began is not in the checkout: what the base has got since looks taken away;' \
      'use actions/checkout with fetch-depth 0' >&2
    echo "$EVENT_BASE"
  fi
}

# A checkout of one commit lacks the base.
fetch_base() {
  if [[ $BASE =~ ^[0-9a-f]{40,64}$ ]] && ! git cat-file -e "$BASE^{commit}" 2>/dev/null; then
    git -c core.hooksPath=/dev/null fetch --quiet --no-tags --depth=1 --end-of-options origin "$BASE"
  fi
}

# The number of the comment that this token wrote before: anybody can write what it begins with.
comment_id() {
  gh api graphql --paginate \
    -f owner="${GITHUB_REPOSITORY%%/*}" -f name="${GITHUB_REPOSITORY#*/}" -F number="$PULL_REQUEST" \
    -f query='query($owner: String!, $name: String!, $number: Int!, $endCursor: String) {
      repository(owner: $owner, name: $name) { pullRequest(number: $number) {
        comments(first: 100, after: $endCursor) {
          nodes { databaseId viewerDidAuthor body }
          pageInfo { hasNextPage endCursor } } } } }' \
    --jq '.data.repository.pullRequest.comments.nodes[]
      | select(.viewerDidAuthor and (.body | gsub("\r"; "") | startswith("'"$marker\\n$key"'"))) | .databaseId'
}

write_comment() {
  local found id key
  key="<!-- $(printf '%s\n' "${paths[@]}" | git hash-object --stdin) -->" || return 1
  found="$(comment_id)" || return 1
  id="${found%%$'\n'*}"
  printf '%s\n' "$marker" "$key" >"$body"
  if [[ -s $plan ]]; then
    tail -n +2 "$plan" >>"$body"
  else
    echo 'The manifests change no job any more.' >>"$body"
  fi
  if [[ -n $id ]]; then
    gh api --silent --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$id" -F body=@"$body"
  elif [[ -s $plan ]]; then
    gh api --silent --method POST "repos/$GITHUB_REPOSITORY/issues/$PULL_REQUEST/comments" -F body=@"$body"
  fi
}

if [[ -z $BASE ]]; then BASE="$(base_of_pull_request)"; fi
fetch_base || echo '::warning::the base commit could not be fetched: use actions/checkout with fetch-depth 0'
code=0
options=(--base "$BASE" --format markdown)
if [[ -n $FAIL_ON ]]; then options+=(--fail-on "$FAIL_ON"); fi
"$RUNNER_TEMP/schedrun-venv/bin/schedrun" plan "${options[@]}" -- "${paths[@]}" >"$plan" || code=$?
# Nothing to show for a failure is no news that nothing changes.
if ((code > 1)) || { ((code == 1)) && [[ ! -s $plan ]]; }; then exit "$code"; fi
cat "$plan" >>"$GITHUB_STEP_SUMMARY"

if [[ $COMMENT == true && $PULL_REQUEST =~ ^[0-9]+$ ]]; then
  # On a server of one's own gh takes no other variable than the last.
  export GH_HOST="${GITHUB_SERVER_URL#*://}" GH_ENTERPRISE_TOKEN="$GH_TOKEN"
  write_comment || echo '::warning::the plan stands in the summary of this step alone: to comment, the job needs' \
    '`permissions: {pull-requests: write}`, which a pull request from a fork never has'
fi
exit "$code"
