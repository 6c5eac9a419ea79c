# ---- rollback
usage="usage: rollback [--remove]

Puts back what was there before the last apply: the rules that an earlier apply had loaded, or nothing.

  --remove   take away everything that apply loaded

UNTRACK_STATE names the folder of the record (default /run/untrack).
Exit status: 0 done, 1 refused and nothing changed, 2 wrong usage, 3 failed; then run it again."

# What an apply that waits for its confirmation started: `--after SECONDS TOKEN`.
wait_for_confirmation() { # SECONDS TOKEN
  trap '' HUP
  left=$1
  while [ "$left" -gt 0 ]; do
    waits_for "$2" || exit 0
    sleep 1
    left=$((left - 1))
  done
  for _ in 1 2 3 4 5 6 7 8 9 10; do
    sh "$0" --expired "$2" && exit 0
    sleep 5
  done
  exit 3
}
waits_for() { case $(recorded confirm none) in "$1 "*) ;; *) return 1 ;; esac }

goal=before expired=''
case ${1-} in
  '') ;;
  --remove) goal=0 ;;
  --after) wait_for_confirmation "$2" "$3" ;;
  --expired) expired=$2 ;;
  -h | --help) echo "$usage"; exit 0 ;;
  *) misuse "unknown argument \`$1\`" ;;
esac

# What an apply that was stopped, or waits for its confirmation, found; else what the last one found.
generation_before() {
  now=$(current)
  read -r verb unfinished <<JOURNAL
$(recorded journal "none 0")
JOURNAL
  if [ -e "$state/confirm" ]; then
    recorded confirm "none 0" | cut -d ' ' -f 2
  elif [ "$verb" = rollback ]; then
    echo "$unfinished"
  elif [ "$verb" = apply ] && [ "$unfinished" != "$now" ]; then
    echo "$now"
  else
    recorded "$now/previous" 0
  fi
}

need_root refuse
open_record
[ -z "$expired" ] || waits_for "$expired" || exit 0
if [ "$(current)" = 0 ] && [ ! -e "$state/journal" ] && [ ! -e "$state/confirm" ]; then
  [ "$goal" = 0 ] || refuse "nothing of ours is in place"
  say "nothing of ours is in place"
  exit 0
fi
[ "$goal" = 0 ] || goal=$(generation_before)
[ "$goal" = 0 ] || [ -d "$state/$goal" ] ||
  refuse "what was there before is no longer recorded; --remove takes all of ours away"
missing=$(missing_tools "$goal")
[ -z "$missing" ] || refuse "$missing"
theirs=$(foreign "$goal")
[ -z "$theirs" ] || refuse "there is something of the same name that no recorded apply made:
$theirs"
no_way_back
rm -f "$state/ballast"
change rollback "$goal" || fail "not done: run it again"
rm -f "$state/confirm"
if [ "$goal" = 0 ]; then
  say "nothing of ours is in place any more"
else
  say "what was there before is in place: the rules of node $(node_of "$goal") ($(in_words "$goal"))"
fi
