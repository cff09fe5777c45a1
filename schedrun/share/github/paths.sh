# Sourced: puts the lines of PATHS that say anything into the array `paths`, without the blanks around them.
paths=()
while IFS= read -r line; do
  line="${line#"${line%%[![:space:]]*}"}"
  line="${line%"${line##*[![:space:]]}"}"
  if [[ -n $line ]]; then paths+=("$line"); fi
done <<<"$PATHS"
