# ---- apply
usage="usage: apply [--target TARGET] [--xdp[=generic]] [--confirm SECONDS]
       apply --confirmed

Replaces what an earlier apply put into this node's kernel by the rules of this folder, and nothing else.

  --target TARGET    nft, iptables-nft, iptables-legacy, or iptables for either of these two; or bpf: programs, beside
                     rules of the first of these that this node can take, or of the one that is named: bpf-nft,
                     bpf-iptables-nft, bpf-iptables-legacy. Without it: the first target that this node can take
  --xdp[=generic]    with bpf: drop what is denied at XDP already; generic: also on interfaces whose driver cannot
  --confirm SECONDS  go back by itself unless \`apply --confirmed\` comes in time (1 to 9999999)
  --confirmed        keep the rules that wait for it

UNTRACK_STATE names the folder of the record (default /run/untrack).
Exit status: 0 applied, 1 refused and nothing changed, 2 wrong usage, 3 failed; what was there before is back, or it says so."

asked_target='' seconds='' confirmed='' xdp=none

parse() {
  while [ $# -gt 0 ]; do
    case $1 in
      --target) [ $# -gt 1 ] || misuse "--target wants a target"; asked_target=$2; shift ;;
      --target=*) asked_target=${1#*=} ;;
      --xdp) xdp=native ;;
      --xdp=generic) xdp=generic ;;
      --confirm) [ $# -gt 1 ] || misuse "--confirm wants a number of seconds"; seconds=$2; shift ;;
      --confirm=*) seconds=${1#*=} ;;
      --confirmed) confirmed=yes ;;
      -h | --help) echo "$usage"; exit 0 ;;
      *) misuse "unknown argument \`$1\`" ;;
    esac
    shift
  done
  case $asked_target in
    '' | bpf | bpf-nft | bpf-iptables-nft | bpf-iptables-legacy) ;;
    nft | iptables | iptables-nft | iptables-legacy) [ "$xdp" = none ] || misuse "--xdp goes with target bpf" ;;
    *) misuse "unknown target \`$asked_target\`: it is one of nft, iptables, iptables-nft, iptables-legacy, bpf" ;;
  esac
  case $seconds in
    *[!0-9]* | 0* | ????????*) misuse "--confirm wants a number of seconds, not \`$seconds\`" ;;
  esac
  [ -z "$confirmed" ] || [ "$asked_target$seconds$xdp" = none ] || misuse "--confirmed stands alone"
}

keep() {
  [ -e "$state/confirm" ] || refuse "nothing waits to be confirmed: it was confirmed before, or the time was up"
  rm -f "$state/confirm" "$state/ballast" || fail "cannot write $state"
  say "confirmed: the rules stay"
  exit 0
}

# ---- which target

# The flavour that plain `iptables` is of first: the host's own rules are there. Programs, which are harder to look into
# than rules, are last.
each_candidate() {
  case $asked_target in
    '') [ "$xdp" != none ] || each_rules ;;
    iptables) each_iptables; return ;;
    bpf) ;;
    *) echo "$asked_target"; return ;;
  esac
  case " $targets " in *" bpf "*) for rules in nft $(each_iptables); do echo "bpf-$rules"; done ;; esac
}
each_rules() {
  for folder in $targets; do
    case $folder in
      iptables) each_iptables ;;
      bpf) ;;
      *) echo "$folder" ;;
    esac
  done
}
each_iptables() {
  usual=$(flavour_of iptables)
  echo "iptables-$usual"
  [ "$usual" = nft ] && echo iptables-legacy || echo iptables-nft
}

# A generation in the making, `new`: nothing in the kernel belongs to it yet.
prepare() { # TARGET
  folder=$(folder_of "$1")
  rm -rf "$state/new"
  { mkdir "$state/new" && cp -R "$here/$folder" "$state/new/"; } || fail "cannot copy $here/$folder"
  intact "$folder" "$state/new" || refuse "$here/$folder is not what was compiled and proved: $copy_again"
  if [ -n "$(compiled filter)" ]; then
    cp -R "$here/filter" "$state/new/" || fail "cannot copy $here/filter"
    intact filter "$state/new" || refuse "$here/filter is not what was compiled and proved: $copy_again"
  fi
  { echo "$1" >"$state/new/target" && echo "$node" >"$state/new/node" && compiled_mark "$folder" >"$state/new/mark"; } ||
    fail "cannot write $state"
  [ "$xdp" = none ] || echo "$xdp" >"$state/new/xdp" || fail "cannot write $state"
  # There is room for what the dry run needs: its complaints are about the rules.
  case $(rules_of "$1") in nft) nft_script new >"$state/script" ;; esac || fail "cannot write $state"
}

check_failsafes() { # TARGET
  files=$state/new/$(folder_of "$1")
  case $1 in
    nft) closed=$(failsafes_closed_by nft both "$files/untrack.nft") ;;
    # Images cannot be walked here. That they keep the ports open was proved when they were compiled.
    bpf-nft) closed=$(failsafes_closed_by nft both "$files/egress.nft") ;;
    bpf-*) closed='' ;;
    *) closed=$(
      failsafes_closed_by iptables 4 "$files/ipset.restore" "$files/iptables.restore" &&
        failsafes_closed_by iptables 6 "$files/ipset.restore" "$files/ip6tables.restore"
    ) ;;
  esac || fail "cannot check the failsafe ports"
  [ -z "$closed" ] || refuse "a failsafe port would not stay open:
$closed"
}
failsafes_closed_by() { # LANGUAGE VERSION FILE...
  language=$1 version=$2
  shift 2
  printf '%s\n' "$failsafes" | awk -v language="$language" -v version="$version" "$(failsafe_check)" - "$@"
}

# What is older on this node than the artifacts need, in words. Of a tool that does not say its version the dry run tells.
too_old() { # TARGET
  printf '%s\n' "$needs" | while read -r folder tool least what; do
    [ "$folder" = "$(folder_of "$1")" ] || continue
    case $tool in nft | iptables) case $(rules_of "$1") in "$tool"*) ;; *) continue ;; esac ;; esac
    here_is=$(version_of "$tool" "$1" | sed -n '1s/^[^0-9]*\([0-9][0-9.]*\).*/\1/p')
    [ -z "$here_is" ] || ! older "$here_is" "$least" ||
      echo "this node has $tool $here_is; $least is needed for $what"
  done
}
version_of() { # TOOL TARGET
  case $1 in
    kernel) uname -r ;;
    iptables) "$(tool_for "$(rules_of "$2")" iptables -restore)" --version ;;
    *) "$1" --version ;;
  esac 2>/dev/null
}
older() { # VERSION LEAST
  awk -v here="$1" -v least="$2" 'BEGIN {
    split(here, a, "."); split(least, b, ".")
    for (i = 1; i <= 3; ++i) if (a[i] + 0 != b[i] + 0) exit !(a[i] + 0 < b[i] + 0)
    exit 1
  }'
}

# Why this node cannot take the generation that is prepared, in words.
unfit() { # TARGET
  missing=$(missing_tools new)
  [ -n "$missing" ] || missing=$(too_old "$1")
  [ -n "$missing" ] || missing=$(bpf_missing_interfaces new)
  if [ -n "$missing" ]; then
    echo "$missing"
  elif ! complaint=$(dry_run new 2>&1); then
    echo "the kernel or its tools refuse the rules: $complaint"
  fi
}

choose_target() {
  folder=$(folder_of "$asked_target")
  [ "$xdp" = none ] || folder=bpf
  case " $targets " in
    *" $folder "*) ;;
    *) [ -z "$folder" ] || refuse "nothing was compiled for $folder: there is $targets" ;;
  esac
  for target in $(each_candidate); do
    prepare "$target"
    check_failsafes "$target"
    why=$(unfit "$target")
    if [ -z "$why" ]; then
      [ "$target" = "$asked_target" ] || say "target $target: the first compiled one that this node can take"
      return
    fi
    say "not $target: $why"
  done
  refuse "nothing was changed"
}

# ---- the change

refuse_foreign() {
  theirs=$(foreign new)
  [ -z "$theirs" ] || refuse "there already is something of the same name, or at the same place, that no recorded apply made:
$theirs
nothing was changed. If it came from untrack and its record in $state is lost, unload it by hand as the comments at the
head of the artifacts say."
}

# The same artifact again is no new generation: what was before it still is.
number_generation() {
  if [ "$(target_of "$before_us")" = "$target" ] && [ "$(mark_of "$before_us")" = "$(mark_of new)" ] &&
    [ "$(xdp_mode_of "$before_us")" = "$xdp" ]; then
    next=$before_us
    return
  fi
  next=$((before_us + 1))
  while [ -e "$state/$next" ]; do next=$((next + 1)); done
  { echo "$before_us" >"$state/new/previous" && mv "$state/new" "$state/$next"; } || fail "cannot write $state"
}

# The clock runs before anything changes, in a session of its own: whatever becomes of this one, it will go off.
arm() {
  [ -n "$seconds" ] || return 0
  token=$$-$(date +%s)
  { cp "$here/rollback" "$state/rollback" && record confirm "$token $before_us"; } || fail "cannot write $state"
  detached="nohup"
  command -v setsid >/dev/null && detached="setsid"
  UNTRACK_STATE=$state $detached sh "$state/rollback" --after "$seconds" "$token" </dev/null >>"$state/log" 2>&1 &
}

# What the way back needs is on the disk before anything changes: a script and a listing as large as those of before, and
# some small files.
set_aside() {
  {
    cat "$state/$before_us"/*/* "$state/$before_us/listing"
    dd if=/dev/zero bs=1024 count=64
  } 2>/dev/null >"$state/ballast" || fail "there is no room in $state for the way back"
}

undo() {
  say "the rules could not be loaded, or the record not be written"
  rm -f "$state/confirm" "$state/ballast"
  change rollback "$before_us" || fail "and what was there before could not be put back: see status"
  fail "what was there before is in place"
}

# What may be as it should be, and is a mistake if it is not.
point_out() {
  [ "$before_us" = 0 ] || [ "$(node_of "$before_us")" = "$node" ] || say "they replace those of node $(node_of "$before_us")"
  host=$(uname -n)
  [ "$(short_name "$host")" = "$(short_name "$node")" ] || say "note: they are of node $node, and this host calls itself $host"
  [ -n "$interfaces" ] || say "note: they do nothing: no untracked policy reaches an interface of node $node"
  point_out_absent
}
short_name() { printf '%s\n' "${1%%.*}" | tr '[:upper:]' '[:lower:]'; }

parse "$@"
need_root refuse
open_record
[ -z "$confirmed" ] || keep
[ ! -e "$state/confirm" ] || refuse "an earlier apply waits: say \`apply --confirmed\` or \`rollback\` first"
[ ! -e "$state/journal" ] || say "an earlier run was stopped halfway; its leftovers go as well"
choose_target
refuse_foreign
before_us=$(current)
number_generation
set_aside
no_way_back
arm
change apply "$next" || undo
[ -n "$seconds" ] || rm -f "$state/ballast"
say "the rules of node $node are in place ($(in_words "$next"))"
point_out
[ "$xdp" != none ] || [ "$(xdp_mode_of "$before_us")" = none ] || say "XDP programs went: --xdp was not asked for"
[ -z "$seconds" ] || say "they go in $seconds s unless you say: $here/apply --confirmed"
