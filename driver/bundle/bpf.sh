# ---- bpf: a program on each interface with ingress policy, and rules of nft or iptables, which trust the mark that the
# programs set; those of iptables ask pinned programs about egress. A program's filter is ours if its name, which tc makes
# of the object's, begins with the mark of a generation. Pins say their content; they are ours if a generation lists them.
#
# The mark is trusted only where a program sets or clears it in every packet: programs come before the rules, and go
# after them. They come first of all filters, lest one before them lets packets by; hence the place.

bpf_filter() { # VERB INTERFACE [WORD...]
  verb=$1 where=$2
  shift 2
  tc filter "$verb" dev "$where" ingress protocol all prio 1 handle 1 bpf "$@"
}

bpf_missing_tool() { # N
  for tool in ip tc; do
    command -v "$tool" >/dev/null || echo "there is no $tool in PATH"
  done
  ! command -v tc >/dev/null || tc -V 2>&1 | grep -q libbpf ||
    echo "tc cannot load programs: it was built without libbpf (\`tc -V\` would name it)"
  [ -n "$(bpf_pins_of "$1")" ] || return 0
  command -v bpftool >/dev/null ||
    echo "there is no bpftool in PATH, which pins the programs that rules of iptables ask about egress"
  awk '$2 == "/sys/fs/bpf" { type = $3 } END { exit type != "bpf" }' /proc/mounts ||
    echo "/sys/fs/bpf, where programs are pinned, is no bpf file system here: mount -t bpf bpf /sys/fs/bpf"
}

bpf_has_interface() { ip link show dev "$1" >/dev/null 2>&1; }
bpf_index_of() { ip -o link show dev "$1" 2>/dev/null | sed 's/:.*//'; } # INTERFACE

# With ingress policy: those on which the mark is trusted.
bpf_interfaces_of() { # N
  sed -n 's/.* iifname { \(.*\) } notrack accept$/\1/p' "$state/$1/bpf/companion.nft" 2>/dev/null |
    tr -d '",' | tr ' ' '\n'
}

bpf_missing_interfaces() { # N
  for interface in $(bpf_interfaces_of "$1"); do
    bpf_has_interface "$interface" || echo "there is no interface $interface to put its program on"
  done
}

# ---- filters

# The filters of the kind, at our place: `ours`, or `theirs`, which is whatever else there has the priority.
bpf_filters() { # ours|theirs INTERFACE
  marks=$(for generation in $(generations); do ! has_programs "$(target_of "$generation")" || mark_of "$generation"; done)
  tc filter show dev "$2" ingress 2>/dev/null | awk -v wanted="$1" -v marks="$marks" '
    BEGIN { n = split(marks, word, "\n"); for (i = 1; i <= n; ++i) mark[word[i]] }
    $1 != "filter" || $4 != "pref" || $5 != 1 || $8 != 0 { next }
    $3 == "all" && $6 == "bpf" && NF == 8 { next }
    {
      ours = $3 == "all" && $6 == "bpf" && $10 == "0x1" && substr($11, 1, index($11, ".") - 1) in mark
      $1 = $1
      if (ours == (wanted == "ours")) print
    }'
}

bpf_has_qdisc() { tc qdisc show dev "$1" | grep -q -e '^qdisc clsact ' -e '^qdisc ingress '; } # INTERFACE

# Which one we made is on record first; an interface that is made anew has another index.
bpf_make_qdisc() { # INTERFACE
  bpf_has_qdisc "$1" && return 0
  mkdir -p "$state/clsact" && bpf_index_of "$1" >"$state/clsact/$1" && tc qdisc add dev "$1" clsact
}
bpf_drop_qdisc() { # INTERFACE
  if [ "$(recorded "clsact/$1" none)" = "$(bpf_index_of "$1")" ] && bpf_has_qdisc "$1" &&
    [ -z "$(tc filter show dev "$1" ingress)$(tc filter show dev "$1" egress)" ]; then
    tc qdisc del dev "$1" clsact || return 1
  fi
  rm -f "$state/clsact/$1"
}

# One that is in place stays: a way back must not depend on loading it again.
bpf_attach() { # N INTERFACE
  if ! bpf_has_interface "$2"; then
    say "there is no interface $2: its program is not loaded"
    return 0
  fi
  in_place=$(bpf_filters ours "$2")
  [ -z "$in_place" ] || ! bpf_is_listed "$1" "$2: $in_place" || return 0
  object=$state/$1/$(mark_of "$1").$2
  [ -h "$object" ] || ln -s "bpf/$2.bpf.o" "$object" || return 1
  bpf_make_qdisc "$2" && quietly bpf_filter replace "$2" da obj "$object" sec tc
}
bpf_is_listed() { grep -qxF "$2" "$state/$1/listing" 2>/dev/null; } # N LINE

bpf_detach() { # INTERFACE
  if ! bpf_has_interface "$1"; then
    rm -f "$state/clsact/$1"
    return 0
  fi
  [ -z "$(bpf_filters ours "$1")" ] || bpf_filter del "$1" || return 1
  bpf_drop_qdisc "$1"
}

bpf_detach_all_but() { # N
  used=$(for generation in $(generations); do bpf_interfaces_of "$generation"; done | sort -u)
  for interface in $(lines_not_in "$used" "$(bpf_interfaces_of "$1")"); do
    bpf_detach "$interface" || return 1
  done
}

# ---- pins, for rules of iptables: they open the path again whenever somebody changes a rule of the legacy table, so
# pins stay as long as the rules do.

bpf_pins_of() { # N; `INTERFACE FOLDER`
  case $(target_of "$1") in
    bpf-iptables-*)
      sed -n 's,^-A untrack-output -o \([^ ]*\) .* --object-pinned \([^ ]*\)/untrack_drop .*,\1 \2,p' \
        "$(restore_file "$1" iptables)"
      ;;
  esac
}
bpf_folders_of() { bpf_pins_of "$1" | sed 's/.* //'; } # N
bpf_our_folders() { for generation in $(generations); do bpf_folders_of "$generation"; done | sort -u; }

# What is pinned, with the kernel's number of the program.
bpf_pinned() { # FOLDER
  for program in untrack_drop untrack_allow; do
    echo "pinned $1/$program: $(bpftool prog show pinned "$1/$program" 2>/dev/null | sed -n '1s/  */ /gp')"
  done
}

bpf_pinned_of() { for folder in $(bpf_folders_of "$1"); do bpf_pinned "$folder"; done; } # N

# Those of another generation may do: a name says its content.
bpf_pin() { # N
  listed=$(cat "$state"/*/listing 2>/dev/null)
  bpf_pins_of "$1" | while read -r interface folder; do
    [ -n "$(lines_not_in "$(bpf_pinned "$folder")" "$listed")" ] || continue
    rm -rf "$folder" && quietly bpftool prog loadall "$state/$1/bpf/$interface.bpf.o" "$folder" &&
      rm -f "$folder/untrack_tc" "$folder/untrack_xdp" || exit 1
  done
}

bpf_unpin_all_but() { # N
  for folder in $(lines_not_in "$(bpf_our_folders)" "$(bpf_folders_of "$1")"); do
    rm -rf "$folder" || return 1
  done
}

bpf_foreign_pins() { # N
  for folder in $(lines_not_in "$(bpf_folders_of "$1")" "$(bpf_our_folders)"); do
    [ ! -e "$folder" ] || echo "$folder"
  done
}

# ---- the mark

bpf_bit_of() { sed -n 's/.*meta mark & \(0x[0-9a-f]*\) .* iifname .*/\1/p'; }                      # of nft
bpf_bits_of() { sed -n 's/^-A untrack-prerouting .* --mark \(0x[0-9a-f]*\)\/.*/\1/p' | sort -u; } # of iptables

# New programs do not clear the bit that old ones had.
bpf_trust_no_other_bit() { # N
  for rules in $(each_used_rules); do
    case $rules in
      nft)
        nft_table_is_ours untrack-bpf || continue
        [ "$(nft list table inet untrack-bpf | bpf_bit_of)" = "$(bpf_bit_of <"$state/$1/bpf/companion.nft")" ] ||
          nft delete table inet untrack-bpf || return 1
        ;;
      iptables-*)
        for family in $families; do
          before=$(saved "$rules" "$family") || return 1
          [ -n "$(our_chains "$rules" "$family" "$before")" ] || continue
          trusted=$(printf '%s\n' "$before" | bpf_bits_of)
          [ -z "$trusted" ] || [ "$trusted" = "$(bpf_bits_of <"$state/$1/bpf/iptables.restore")" ] ||
            printf '*raw\n:untrack-prerouting - [0:0]\nCOMMIT\n' |
            restored "$(tool_for "$rules" "$family" -restore)" --noflush || return 1
        done
        ;;
    esac
  done
}

# ---- the whole. tc cannot try a program without attaching it: there is no dry run.

bpf_foreign() { # N
  for interface in $(bpf_interfaces_of "$1"); do
    bpf_filters theirs "$interface" | sed "s/^/at ingress of $interface: /"
  done
  bpf_foreign_pins "$1"
}

bpf_load() { # N
  bpf_trust_no_other_bit "$1" && bpf_pin "$1" || return 1
  for interface in $(bpf_interfaces_of "$1"); do
    bpf_attach "$1" "$interface" || return 1
  done
}

# A program that is loaded again has another id.
bpf_listing() { # N
  for interface in $(bpf_interfaces_of "$1"); do
    for whose in theirs ours; do bpf_filters "$whose" "$interface" | sed "s/^/$interface: /"; done
  done
  bpf_pinned_of "$1"
}
