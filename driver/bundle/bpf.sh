# ---- bpf: a program on each interface with ingress policy, and two tables of nft, `inet untrack-bpf`, which trusts the
# mark that the programs set, and `inet untrack` for egress. The tables are ours as nft's is. A program's filter is ours
# if its name, which tc makes of the object's, begins with the mark of a generation.
#
# The mark is trusted only where a program sets or clears it in every packet: programs come before the table, and go
# after it. They come first of all filters, lest one before them lets packets by; hence the place.

bpf_filter() { # VERB INTERFACE [WORD...]
  verb=$1 where=$2
  shift 2
  tc filter "$verb" dev "$where" ingress protocol all prio 1 handle 1 bpf "$@"
}

bpf_missing_tool() {
  nft_missing_tool
  for tool in ip tc; do
    command -v "$tool" >/dev/null || echo "there is no $tool in PATH"
  done
  ! command -v tc >/dev/null || tc -V 2>&1 | grep -q libbpf ||
    echo "tc cannot load programs: it was built without libbpf (\`tc -V\` would name it)"
}

bpf_has_interface() { ip link show dev "$1" >/dev/null 2>&1; }
bpf_index_of() { ip -o link show dev "$1" 2>/dev/null | sed 's/:.*//'; } # INTERFACE

# With ingress policy: those on which the companion trusts the mark.
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
  marks=$(for generation in $(generations); do [ "$(target_of "$generation")" != bpf ] || mark_of "$generation"; done)
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
  [ -z "$in_place" ] || ! grep -qxF "$2: $in_place" "$state/$1/listing" 2>/dev/null || return 0
  object=$state/$1/$(mark_of "$1").$2
  [ -h "$object" ] || ln -s "bpf/$2.bpf.o" "$object" || return 1
  bpf_make_qdisc "$2" && bpf_filter replace "$2" da obj "$object" sec tc
}

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

# ---- tables

bpf_script() {
  cat "$state/$1/bpf/companion.nft" "$state/$1/bpf/egress.nft"
  for table in untrack-bpf untrack; do
    printf 'table inet %s {\n\tchain %s {\n\t}\n}\n' "$table" "$(mark_of "$1")"
  done
}

bpf_run() { # N [OPTION]
  bpf_script "$1" >"$state/script" && nft ${2:+"$2"} -f "$state/script"
}

bpf_mark_bit() { sed -n 's/.*meta mark & \(0x[0-9a-f]*\) .*/\1/p'; }

# New programs do not clear the bit that old ones had.
bpf_trust_no_other_bit() { # N
  nft_table_is_of untrack-bpf bpf || return 0
  [ "$(nft list table inet untrack-bpf | bpf_mark_bit)" = "$(bpf_mark_bit <"$state/$1/bpf/companion.nft")" ] ||
    nft delete table inet untrack-bpf
}

# ---- both

bpf_foreign() { # N
  for interface in $(bpf_interfaces_of "$1"); do
    bpf_filters theirs "$interface" | sed "s/^/at ingress of $interface: /"
  done
  for table in untrack-bpf untrack; do nft_foreign "$table"; done
}

# Of the tables only: tc cannot try a program without attaching it.
bpf_dry_run() { bpf_run "$1" -c; }

bpf_load() { # N
  bpf_trust_no_other_bit "$1" || return 1
  for interface in $(bpf_interfaces_of "$1"); do
    bpf_attach "$1" "$interface" || return 1
  done
  bpf_run "$1" && bpf_detach_all_but "$1"
}

bpf_unload() {
  for table in untrack-bpf untrack; do
    ! nft_table_is_of "$table" bpf || echo "delete table inet $table"
  done >"$state/script" || return 1
  [ ! -s "$state/script" ] || nft -f "$state/script" || return 1
  bpf_detach_all_but 0
}

# A program that is loaded again has another id.
bpf_listing() { # N
  for interface in $(bpf_interfaces_of "$1"); do
    for whose in theirs ours; do bpf_filters "$whose" "$interface" | sed "s/^/$interface: /"; done
  done
  nft --stateless list table inet untrack-bpf && nft --stateless list table inet untrack
}
