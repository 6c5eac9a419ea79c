# ---- status
usage="usage: status

Says whether the rules in the kernel still are the ones of this folder.

UNTRACK_STATE names the folder of the record (default /run/untrack).
Exit status: 0 they are, 1 they differ or are not loaded, 2 wrong usage, 3 cannot tell."

case ${1-} in
  '') ;;
  -h | --help) echo "$usage"; exit 0 ;;
  *) misuse "unknown argument \`$1\`" ;;
esac

need_root fail
{ [ -d "$state" ] && ! outlived; } || refuse "not loaded: no apply since the node started has its record in $state"
elsewhere && fail "$state is the record of another network namespace: set UNTRACK_STATE"
locked && fail "process $(pid_of "$holder") is at work on the rules"
[ ! -e "$state/journal" ] || refuse "a run was stopped halfway: old and new rules may be in place; apply or rollback"
now=$(current)
[ "$now" != 0 ] || refuse "not loaded"

target=$(target_of "$now")
folder=$(folder_of "$target")
missing=$(missing_tools "$now")
[ -z "$missing" ] || fail "$missing"
[ "$(mark_of "$now")" = "$(compiled_mark "$folder")" ] ||
  refuse "not loaded: what is in place was made by another compile, of node $(node_of "$now") (target $target); apply loads these rules"
{ intact "$folder" "$here" && { [ -z "$(compiled filter)" ] || intact filter "$here"; }; } ||
  refuse "$here/$folder is not what was compiled: $copy_again"
live=$(listing "$now") || refuse "the rules cannot be listed: they are gone, or $target does not work"
if [ "$live" != "$(cat "$state/$now/listing")" ]; then
  echo "the live rules differ from what apply loaded (< as loaded, > live):"
  printf '%s\n' "$live" | diff "$state/$now/listing" - | grep '^[<>]'
  exit 1
fi
echo "the live rules are those of node $node ($(in_words "$now"))"
point_out_absent
[ ! -e "$state/confirm" ] || echo "they wait for \`apply --confirmed\`"
exit 0
