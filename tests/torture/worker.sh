# A command of the torture test. It notes in the witness when it begins, that it still lives, and when it ends.
# MILLISECONDS OR_MILLISECONDS ODDS: how long it takes, and in how many of a hundred runs the other;
# FAILS CODE: in how many of a hundred attempts it ends with which code; TRAITS: what else it does (a comma list).
set -e
LC_ALL=C
milliseconds=$1 other=$2 odds=$3 fails=$4 code=$5 traits=$6

say() {
    printf '%s\n' "$1 $SCHEDRUN_JOB $SCHEDRUN_FIRE_TIME $SCHEDRUN_RUN_ID $SCHEDRUN_ATTEMPT $$ $EPOCHREALTIME $2" \
        >> "$TORTURE_WITNESS"
}

live() {
    exec 9<> <(:)  # never has anything to read: waiting on it costs no process
    for ((left = $1; left > 0; left -= 100)); do
        printf -v step '0.%03d' $((left < 100 ? left : 100))
        read -rt "$step" -u 9 || true
        say "$2" -
    done
}

if [[ $traits == left ]]; then
    live "$milliseconds" left
    exit 0
fi
[[ $traits == *stubborn* ]] && trap '' TERM
say begin -
if [[ $traits == *leaves* ]]; then
    setsid bash "$0" 30000 0 0 0 0 left &
fi
if [[ $traits == *forks* ]]; then
    (setsid bash "$0" 30000 0 0 0 0 left &)
fi
((RANDOM % 100 < odds)) && milliseconds=$other
live "$milliseconds" alive
((RANDOM % 100 < fails)) || code=0
say end "$code"
exit "$code"
