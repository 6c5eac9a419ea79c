# ---- nft: table `inet untrack`, and beside programs `inet untrack-bpf`, which trusts the mark that they set. Both are
# replaced in one transaction. They are ours if they hold the mark of a generation, an empty chain that nothing leads to.

nft_missing_tool() { command -v nft >/dev/null || echo "there is no nft in PATH"; }

nft_table_exists() { nft list tables inet 2>/dev/null | grep -qx "table inet $1"; } # TABLE

nft_table_is_ours() { # TABLE
  for generation in $(generations); do
    [ "$(rules_of "$(target_of "$generation")")" = nft ] || continue
    nft list chain inet "$1" "$(mark_of "$generation")" >/dev/null 2>&1 && return 0
  done
  return 1
}

nft_tables_of() { # N
  echo untrack
  ! has_programs "$(target_of "$1")" || echo untrack-bpf
}

nft_foreign() { # N
  for table in $(nft_tables_of "$1"); do
    ! nft_table_exists "$table" || nft_table_is_ours "$table" || echo "table inet $table"
  done
}

nft_script() { # N
  if has_programs "$(target_of "$1")"; then
    cat "$state/$1/bpf/companion.nft" "$state/$1/bpf/egress.nft"
  else
    ! nft_table_is_ours untrack-bpf || echo 'delete table inet untrack-bpf'
    cat "$state/$1/nft/untrack.nft"
  fi
  for table in $(nft_tables_of "$1"); do
    printf 'table inet %s {\n\tchain %s {\n\t}\n}\n' "$table" "$(mark_of "$1")"
  done
}

# Through a file: a script that ends early would be taken for a whole one.
nft_run() { # N [OPTION]
  nft_script "$1" >"$state/script" && nft ${2:+"$2"} -f "$state/script"
}
nft_dry_run() { nft_run "$1" -c; }
nft_load() { nft_run "$1"; }

nft_unload() {
  for table in untrack-bpf untrack; do
    ! nft_table_is_ours "$table" || echo "delete table inet $table"
  done >"$state/script" || return 1
  [ ! -s "$state/script" ] || nft -f "$state/script"
}

nft_listing() { # N
  for table in $(nft_tables_of "$1"); do
    nft --stateless list table inet "$table" || return 1
  done
}
