# ---- iptables: chains of table raw, replaced in one transaction for each IP version, and sets. A generation's chains are
# ours where its mark stands beside them, an empty chain that nothing leads to. Names of sets say their content, so old
# and new rules can look at one set at a time when it is being replaced by its equal.

# A kernel that was started without IPv6 (ipv6.disable=1) has no packets of it, and ip6tables-legacy fails there.
families="iptables ip6tables"
[ -e /proc/net/if_inet6 ] || families=iptables

# The tool of a flavour: `tool_for iptables-nft ip6tables -save`. Where the flavour has no tool of its own, the plain one
# must be it.
tool_for() {
  own="$2-${1#iptables-}${3-}"
  if command -v "$own" >/dev/null; then echo "$own"; else echo "$2${3-}"; fi
}

flavour_of() { # TOOL; before 1.8 there was one, which does not name itself
  case $("$1" --version 2>/dev/null) in *nf_tables*) echo nft ;; *) echo legacy ;; esac
}

iptables_missing_tool() { # N
  ! has_sets "$1" || command -v ipset >/dev/null || echo "there is no ipset in PATH"
  flavour=$(rules_of "$(target_of "$1")")
  for family in $families; do
    for use in -save -restore; do
      tool=$(tool_for "$flavour" "$family" "$use")
      if ! command -v "$tool" >/dev/null; then
        echo "there is no $family-${flavour#iptables-}$use in PATH"
      elif [ "$(flavour_of "$tool")" != "${flavour#iptables-}" ]; then
        echo "$tool is not of the flavour ${flavour#iptables-}"
      fi
    done
  done
}

restore_file() { echo "$state/$1/$(folder_of "$(target_of "$1")")/$2.restore"; } # N iptables|ip6tables|ipset
has_sets() { [ -e "$(restore_file "$1" ipset)" ]; } # N; rules beside programs need none

# ---- chains

chains_of() { # N FAMILY
  [ -e "$(restore_file "$1" "$2")" ] || return 0
  sed -n 's/^:\([^ ]*\) .*/\1/p' "$(restore_file "$1" "$2")"
  mark_of "$1"
}

# Warnings of a success are about the other flavour; what a failure says is worth a second one. FLAVOUR FAMILY
saved() {
  "$(tool_for "$1" "$2" -save)" -t raw 2>/dev/null && return
  "$(tool_for "$1" "$2" -save)" -t raw >/dev/null
  return 1
}
chains_in() { sed -n 's/^:\([^ ]*\) .*/\1/p' <<SAVED
$1
SAVED
}

# Those of SAVED that a generation made. FLAVOUR FAMILY SAVED
our_chains() {
  live=$(chains_in "$3")
  for generation in $(generations); do
    [ "$(rules_of "$(target_of "$generation")")" = "$1" ] || continue
    [ -n "$(lines_in "$(mark_of "$generation")" "$live")" ] && lines_in "$(chains_of "$generation" "$2")" "$live"
  done | sort -u
}

# transaction FLAVOUR FAMILY N: what makes the chains of generation N the only ones of ours, each entered by one jump
# that comes first.
transaction() {
  before=$(saved "$1" "$2") || return 1
  new=$(chains_of "$3" "$2")
  stale=$(lines_not_in "$(our_chains "$1" "$2" "$before")" "$new")
  echo '*raw'
  [ -z "$new" ] || { sed -n '/^:/p' "$(restore_file "$3" "$2")" && echo ":$(mark_of "$3") - [0:0]"; }
  for hook in PREROUTING OUTPUT; do
    printf '%s\n' "$before" | sed -n "s/^-A \($hook -j $(entry "$hook")\)\$/-D \1/p"
    [ -z "$new" ] || echo "-I $hook 1 -j $(entry "$hook")"
  done
  [ -z "$new" ] || sed -n '/^-A /p' "$(restore_file "$3" "$2")"
  for action in -F -X; do
    for chain in $stale; do echo "$action $chain"; done
  done
  echo COMMIT
}
entry() {
  case $1 in
    PREROUTING) echo untrack-prerouting ;;
    OUTPUT) echo untrack-output ;;
  esac
}

replace_chains() { # FLAVOUR FAMILY N
  transaction "$1" "$2" "$3" >"$state/script" || return 1
  restored "$(tool_for "$1" "$2" -restore)" --noflush <"$state/script"
}

# Runs a restore tool, alone: tools of the legacy flavour keep each other out by a lock, which these take since 1.6.2
# where they are told to wait for it. Before, we take it for them, if there is a tool for that.
restored() { # TOOL OPTION...
  if "$1" --help </dev/null 2>&1 | grep -q -e --wait; then
    "$@" -w "$lock_seconds"
  elif [ "$(flavour_of "$1" </dev/null)" = nft ] || ! command -v flock >/dev/null; then
    "$@"
  else
    (
      waited=0
      until flock -n 9; do
        [ "$waited" -lt "$lock_seconds" ] || { say "somebody else holds $xtables_lock" && exit 1; }
        sleep 1
        waited=$((waited + 1))
      done
      "$@"
    ) 9>"$xtables_lock"
  fi
}
xtables_lock=/run/xtables.lock

# Whether the chains of generation N are what is there, and none of ours beside them: then no tool is needed that might
# fail. Rules hold the programs that were pinned when they came, so these have to be the same, too. N FAMILY
chains_in_place() {
  [ -e "$state/$1/listing" ] || return 1
  flavour=$(rules_of "$(target_of "$1")")
  before=$(saved "$flavour" "$2") || return 1
  stale=$(lines_not_in "$(our_chains "$flavour" "$2" "$before")" "$(chains_of "$1" "$2")")
  [ -z "$stale" ] && [ "$(chains_listed "$1" "$2" "$before")" = "$(chains_recorded "$1" "$2")" ] &&
    [ -z "$(lines_not_in "$(bpf_pinned_of "$1")" "$(cat "$state/$1/listing")")" ]
}
chains_recorded() { # N FAMILY
  awk -v family="$2" '
    /^ip6?tables$/ { inside = $0 == family; next }
    inside && /^(chain|-A|entered) /' "$state/$1/listing"
}
chains_listed() { # N FAMILY SAVED
  printf '%s\n\n%s\n' "$(chains_of "$1" "$2")" "$3" | awk '
    !past && /^$/ { past = 1; next }
    !past { ours[$0]; next }
    /^:/ && substr($1, 2) in ours { print "chain", substr($1, 2) }
    /^-A / { ++place[$2] }
    /^-A / && $2 in ours
    /^-A / && $3 == "-j" && $4 in ours && NF == 4 { print "entered as rule " place[$2] ":", $0 }'
}

# ---- sets

sets_of() { # N
  ! has_sets "$1" || sed -n 's/^create \([^ ]*\) .*/\1/p' "$(restore_file "$1" ipset)" | sort -u
}
our_sets() { for generation in $(generations); do sets_of "$generation"; done | sort -u; }
live_sets() { ipset list -name; }

# A set may still be held for a moment: the rules that looked at it are freed after their transaction (nf_tables).
destroy_set() {
  for _ in 1 2 3 4 5; do
    complaint=$(ipset destroy "$1" 2>&1) && return 0
    sleep 1
  done
  say "set $1 stays: $complaint"
}

destroy_sets_not_of() { # N
  obsolete=$(lines_not_in "$(our_sets)" "$(sets_of "$1")")
  [ -n "$obsolete" ] || return 0
  for set in $(lines_in "$obsolete" "$(live_sets)"); do destroy_set "$set"; done
}

# ---- both

# Nothing is loaded: matches of sets and of pinned programs are left out, since these are not there yet, and `--test`
# looks each one up.
iptables_dry_run() { # N
  ! has_sets "$1" || ipset list -name >/dev/null || return 1
  flavour=$(rules_of "$(target_of "$1")")
  for family in $families; do
    saved "$flavour" "$family" >/dev/null || return 1
    sed 's/ -m set \(! \)\{0,1\}--match-set [^ ]* [^ ]*//g; s/ -m bpf --object-pinned [^ ]*//' \
      "$(restore_file "$1" "$family")" >"$state/script"
    restored "$(tool_for "$flavour" "$family" -restore)" --noflush --test <"$state/script" || return 1
  done
}

iptables_foreign() { # N
  flavour=$(rules_of "$(target_of "$1")")
  for family in $families; do
    before=$(saved "$flavour" "$family")
    theirs=$(lines_not_in "$(chains_in "$before")" "$(our_chains "$flavour" "$family" "$before")")
    lines_in "$(chains_of "$1" "$family")" "$theirs" | sed "s/.*/chain & of $family/"
  done
  ! has_sets "$1" || lines_in "$(sets_of "$1")" "$(lines_not_in "$(live_sets)" "$(our_sets)")" | sed 's/^/set /'
}

iptables_load() { # N
  ! has_sets "$1" || ipset -exist restore <"$(restore_file "$1" ipset)" || return 1
  for family in $families; do
    chains_in_place "$1" "$family" || replace_chains "$(rules_of "$(target_of "$1")")" "$family" "$1" || return 1
  done
}

iptables_unload() { # FLAVOUR
  for family in $families; do
    before=$(saved "$1" "$family") || return 1
    [ -z "$(our_chains "$1" "$family" "$before")" ] || replace_chains "$1" "$family" 0 || return 1
  done
}

iptables_listing() { # N
  for family in $families; do
    echo "$family"
    before=$(saved "$(rules_of "$(target_of "$1")")" "$family") || return 1
    chains_listed "$1" "$family" "$before"
  done
  for set in $(sets_of "$1"); do
    case $set in *-t) ;; *) ipset save "$set" | sort ;; esac
  done
}
