# What the scripts of a bundle share: messages, and the record of what is in the kernel by our hand. docs/bundle.md
# tells how it hangs together.
#
# The record, a folder:
#   N/         generation N: an artifact that was loaded, or was about to be
#   current    the generation whose rules are in place; 0: none of ours
#   journal    `VERB N`: the kernel is being changed to generation N. Left behind by a run that was killed.
#   confirm    `TOKEN N`: unless confirmed, generation N comes back
#   boot, namespace   of the kernel that all this speaks of
#   lock       a symbolic link, `held-by-PID-START`: the process at work, and when it began
#   new, script*, *.new  in the making
#   clsact/    for each interface whose clsact qdisc we made, its index
#   xdp/       for each interface with an XDP program of ours, its index and the program's number
#   ballast    room on the disk for going back
#   rollback, log        the script that waits for a confirmation, and what it said
set -u
umask 077
LC_ALL=C
export LC_ALL
me=${0##*/}
state=${UNTRACK_STATE:-/run/untrack}
lock_seconds=30 # longer than loading the largest policies takes

say() { printf '%s: %s\n' "$me" "$*" >&2; }
refuse() { say "$*"; exit 1; } # or: live rules differ
misuse() { say "$* (see --help)"; exit 2; }
fail() { say "$*"; exit 3; } # the world failed

# What loaders say of a success is about the loader.
quietly() { # COMMAND...
  words=$("$@" 2>&1) && return
  printf '%s\n' "$words" >&2
  return 1
}

need_root() { [ "$(id -u)" = 0 ] || "$1" "only root may look at the kernel's rules"; }

# lines_in A B: the lines of A that are in B as well; lines_not_in A B: those that are not.
lines_in() { lines_where 1 "$1" "$2"; }
lines_not_in() { lines_where 0 "$1" "$2"; }
lines_where() {
  printf '%s\n\n%s\n' "$3" "$2" | awk -v known="$1" '
    !past && /^$/ { past = 1; next }
    !past { seen[$0]; next }
    /./ && ($0 in seen) == known'
}

# ---- the record

recorded() { cat "$state/$1" 2>/dev/null || echo "$2"; } # NAME DEFAULT
record() { echo "$2" >"$state/$1.new" && mv "$state/$1.new" "$state/$1"; }
current() { recorded current 0; }
generations() { (cd "$state" 2>/dev/null && for each in [0-9]*; do [ ! -d "$each" ] || echo "$each"; done); }
target_of() { recorded "$1/target" none; } # generation 0 has none
mark_of() { recorded "$1/mark" none; }

# A target is whose rules judge: `nft`, `iptables-nft`, `iptables-legacy`; with `bpf-` before it, programs do, and these
# rules stand beside them. Its artifacts are in the folder that its first word names.
folder_of() { echo "${1%%-*}"; } # TARGET
rules_of() { echo "${1#bpf-}"; } # TARGET
has_programs() { case $1 in bpf-*) ;; *) return 1 ;; esac } # TARGET

this_boot() { cat /proc/sys/kernel/random/boot_id; }
this_namespace() { readlink /proc/self/ns/net; }

# The record of an earlier boot speaks of rules that are gone.
outlived() { [ "$(recorded boot none)" != "$(this_boot)" ]; }
elsewhere() { [ "$(recorded namespace none)" != "$(this_namespace)" ]; }

forget_everything() {
  for generation in $(generations); do rm -rf "${state:?}/$generation"; done
  rm -rf "$state/current" "$state/journal" "$state/confirm" "$state/clsact" "$state/xdp"
  record boot "$(this_boot)" && record namespace "$(this_namespace)"
}

open_record() {
  { mkdir -p "$state" 2>/dev/null && [ -w "$state" ]; } ||
    fail "cannot write $state, where the record is kept; UNTRACK_STATE names another folder"
  state=$(cd "$state" && pwd)
  take_lock
  if outlived; then
    forget_everything || fail "cannot write $state, where the record is kept"
  elif elsewhere; then
    refuse "$state is the record of another network namespace: set UNTRACK_STATE to a folder of this one's own"
  fi
}

# A signal must not stop a change halfway; neither must a terminal that is gone.
no_way_back() { trap '' HUP INT TERM PIPE; }

# A link is made and filled in one step. The name is none of a folder in the record: `ln` would link into that.
take_lock() {
  waited=0
  until ln -s "held-by-$$-$(began "$$")" "$state/lock" 2>/dev/null; do
    holder=$(readlink "$state/lock") || continue
    if ! lives "$holder"; then
      break_lock "$holder"
    elif [ "$waited" -ge "$lock_seconds" ]; then
      fail "process $(pid_of "$holder") is at work on these rules: try again later"
    else
      sleep 1
      waited=$((waited + 1))
    fi
  done
  trap close_record EXIT
}
close_record() { rm -rf "$state/new" "$state/script" "$state/script.filters" "$state/lock"; }

# Of two that find a dead holder, the second might take away the fresh lock of the first: it puts it back.
break_lock() {
  mv "$state/lock" "$state/lock.$$" 2>/dev/null || return 0
  seized=$(readlink "$state/lock.$$")
  rm -f "$state/lock.$$"
  [ "$seized" = "$1" ] || ln -s "$seized" "$state/lock" 2>/dev/null
}

locked() {
  holder=$(readlink "$state/lock") && lives "$holder"
}

# A later process may have the number of one that was killed: it began at another time (proc_pid_stat(5), starttime).
lives() { [ "$(began "$(pid_of "$1")")" = "${1##*-}" ]; } # HOLDER
pid_of() { echo "$1" | cut -d - -f 3; } # HOLDER
began() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d ' ' -f 20; } # PID

# Forgets generations that neither are in place nor were just before.
prune() {
  now=$(current)
  before=$(recorded "$now/previous" 0)
  for generation in $(generations); do
    [ "$generation" = "$now" ] || [ "$generation" = "$before" ] || rm -rf "${state:?}/$generation"
  done
}

# ---- from one generation to another

# change VERB N: makes generation N the one that is in place; 0 takes everything of ours away. Whatever of ours is
# there goes only when N is in. A later run can go on wherever this one is killed, since every generation that may have
# left something in the kernel is still recorded. Filters accept no mark that is not cleared: they do so last, and stop
# first.
change() {
  record journal "$1 $2" || return 1
  filter_stays "$2" || filter_off || return 1
  load "$2" && unload_all_but "$2" && filter_on "$2" && record_listing "$2" && record current "$2" || return 1
  rm -f "$state/journal"
  prune
}

# Programs come before the rules that count on them, and go after them.
load() { # N
  loading=$(target_of "$1")
  if has_programs "$loading"; then
    xdp_load "$1" && bpf_load "$1" || return 1
  fi
  case $(rules_of "$loading") in
    none) ;;
    nft) nft_load "$1" ;;
    iptables-*) iptables_load "$1" ;;
  esac
}

unload_all_but() { # N
  kept_rules=$(rules_of "$(target_of "$1")")
  for used_rules in $(each_used_rules); do
    [ "$used_rules" = "$kept_rules" ] && continue
    case $used_rules in
      nft) nft_unload || return 1 ;;
      iptables-*) iptables_unload "$used_rules" || return 1 ;;
    esac
  done
  xdp_unload_all_but "$1" && bpf_detach_all_but "$1" && bpf_unpin_all_but "$1" && destroy_sets_not_of "$1"
}

each_used_rules() { for generation in $(generations); do rules_of "$(target_of "$generation")"; done | sort -u; }

record_listing() {
  [ "$1" = 0 ] && return 0
  listing "$1" >"$state/listing.new" && mv "$state/listing.new" "$state/$1/listing"
}

# What the kernel holds of a generation, as text that only changes when the rules do.
listing() { # N
  ! has_programs "$(target_of "$1")" || { xdp_listing "$1" && bpf_listing "$1"; } || return 1
  case $(rules_of "$(target_of "$1")") in
    nft) nft_listing "$1" ;;
    iptables-*) iptables_listing "$1" ;;
  esac && filter_listing "$1"
}

# Whether the kernel and the tools would take the rules of generation N; changes nothing.
dry_run() { # N
  case $(rules_of "$(target_of "$1")") in
    nft) nft_dry_run "$1" ;;
    iptables-*) iptables_dry_run "$1" ;;
  esac && filter_dry_run "$1"
}

node_of() { recorded "$1/node" '?'; } # N
in_words() { # N
  at_xdp=$(xdp_in_words "$1")
  echo "target $(target_of "$1")${at_xdp:+, XDP on $at_xdp}"
}

# What stands in the way of generation N because somebody else made it, in words.
foreign() { # N
  ! has_programs "$(target_of "$1")" || { xdp_foreign "$1" && bpf_foreign "$1"; }
  case $(rules_of "$(target_of "$1")") in
    none) ;;
    nft) nft_foreign "$1" ;;
    iptables-*) iptables_foreign "$1" ;;
  esac
  filter_foreign "$1"
}

# A tool that is missing for generation N or for what is to be removed, in words.
missing_tools() { # N
  for used in $(generations) "$1"; do missing_tools_of "$used"; done | sort -u
}
missing_tools_of() { # N
  case $(rules_of "$(target_of "$1")") in
    none) ;;
    nft) nft_missing_tool ;;
    iptables-*) iptables_missing_tool "$1" ;;
  esac
  ! has_programs "$(target_of "$1")" || { bpf_missing_tool "$1" && xdp_missing_tool "$1"; }
}
