# ---- XDP, on request: on each interface with ingress policy a program that drops what is denied before the stack sees
# it; all else goes on to the one at `tc`. A generation that was asked for it has a file `xdp`: `native`, or `generic`
# where a driver that cannot may have the kernel's own form. An interface has one program, and none of somebody else's
# is replaced; ours is known by its number, which is on record, or by its name while we were at it.

xdp_mode_of() { recorded "$1/xdp" none; } # N

xdp_interfaces_of() { [ "$(xdp_mode_of "$1")" = none ] || bpf_interfaces_of "$1"; } # N

xdp_missing_tool() { # N
  [ "$(xdp_mode_of "$1")" = none ] || ! command -v ip >/dev/null || ip -V 2>&1 | grep -q libbpf ||
    echo "ip cannot load programs: it was built without libbpf (\`ip -V\` would name it)"
}

# The programs there: `MODE ID NAME`; modes are the words of ip: xdp (native), xdpgeneric, xdpoffload.
xdp_programs() { # INTERFACE
  ip link show dev "$1" 2>/dev/null | awk '
    NR == 1 { for (i = 1; i <= NF; ++i) if ($i ~ /^xdp/) { mode = $i; sub(/\/.*/, "", mode) } }
    $1 ~ /^prog\/xdp/ {
      id = name = "-"
      for (i = 2; i < NF; ++i) { if ($i == "id") id = $(i + 1); if ($i == "name") name = $(i + 1) }
      print mode, id, name
    }'
}

# What is on record before a program is attached: it may be any of that name.
xdp_is_ours() { # INTERFACE ID NAME
  case "$(recorded "xdp/$1" none) $3" in
    "$(bpf_index_of "$1") $2 "* | "$(bpf_index_of "$1") any untrack_xdp" | "$(bpf_index_of "$1") any -") ;;
    *) return 1 ;;
  esac
}

xdp_foreign() { # N
  for interface in $(xdp_interfaces_of "$1"); do
    xdp_programs "$interface" | while read -r mode id name; do
      xdp_is_ours "$interface" "$id" "$name" || echo "at XDP of $interface: program $id ($name)"
    done
  done
}

xdp_load() { # N
  for interface in $(xdp_interfaces_of "$1"); do
    xdp_attach "$1" "$interface" || return 1
  done
}

# One that is in place stays. Another of ours is replaced in one step, unless the mode changes.
xdp_attach() { # N INTERFACE
  if ! bpf_has_interface "$2"; then
    say "there is no interface $2: its XDP program is not loaded"
    return 0
  fi
  in_place=$(xdp_programs "$2")
  [ -z "$in_place" ] || ! bpf_is_listed "$1" "$2: $in_place" || return 0
  mkdir -p "$state/xdp" && echo "$(bpf_index_of "$2") any" >"$state/xdp/$2" || return 1
  if ! complaint=$(xdp_set "$2" xdp "$1" "$in_place" 2>&1); then
    say "no native XDP on $2: $complaint"
    if [ "$(xdp_mode_of "$1")" != generic ]; then
      say "--xdp=generic takes the kernel's own form there, which is slower; without --xdp, tc drops the same packets"
      return 1
    fi
    quietly xdp_set "$2" xdpgeneric "$1" "$(xdp_programs "$2")" || return 1
    say "XDP on $2 is generic"
  fi
  xdp_programs "$2" | while read -r _ id _; do echo "$(bpf_index_of "$2") $id" >"$state/xdp/$2" || exit 1; done
}
xdp_set() { # INTERFACE MODE N IN-PLACE
  force=''
  case $4 in
    '') ;;
    "$2 "*) force=-force ;;
    *) xdp_off "$1" "${4%% *}" || return 1 ;;
  esac
  ip ${force:+"$force"} link set dev "$1" "$(xdp_word "$2")" obj "$state/$3/bpf/$1.bpf.o" sec xdp
}
xdp_off() { ip link set dev "$1" "$(xdp_word "$2")" off; } # INTERFACE MODE
xdp_word() { [ "$1" = xdp ] && echo xdpdrv || echo "$1"; }

xdp_unload_all_but() { # N
  [ -d "$state/xdp" ] || return 0
  kept=$(xdp_interfaces_of "$1")
  for interface in $(lines_not_in "$(ls "$state/xdp")" "$kept"); do
    xdp_programs "$interface" | while read -r mode id name; do
      ! xdp_is_ours "$interface" "$id" "$name" || xdp_off "$interface" "$mode" || exit 1
    done || return 1
    rm -f "$state/xdp/$interface"
  done
}

xdp_listing() { # N
  for interface in $(xdp_interfaces_of "$1"); do
    xdp_programs "$interface" | sed "s/^/$interface: /"
  done
}

# `eth0 (native), eth1 (generic)`
xdp_in_words() { # N
  xdp_listing "$1" | awk '
    { sub(/:$/, "", $1); text = text (NR > 1 ? ", " : "") $1 " (" ($2 == "xdp" ? "native" : substr($2, 4)) ")" }
    END { if (NR) print text }'
}
