# ---- nft: one table, `inet untrack`, replaced in one transaction. It is ours if it holds the mark of a generation, an
# empty chain that nothing leads to. Target bpf has a table of that name too: each is replaced by the other.

nft_missing_tool() { command -v nft >/dev/null || echo "there is no nft in PATH"; }

nft_table_exists() { nft list tables inet 2>/dev/null | grep -qx "table inet $1"; } # TABLE

# Whether a generation of the target made it.
nft_table_is_of() { # TABLE TARGET
  for generation in $(generations); do
    [ "$(target_of "$generation")" = "$2" ] || continue
    nft list chain inet "$1" "$(mark_of "$generation")" >/dev/null 2>&1 && return 0
  done
  return 1
}

nft_foreign() { # TABLE
  ! nft_table_exists "$1" || nft_table_is_of "$1" nft || nft_table_is_of "$1" bpf || echo "table inet $1"
}

nft_script() {
  ! nft_table_is_of untrack-bpf bpf || echo 'delete table inet untrack-bpf'
  cat "$state/$1/nft/untrack.nft"
  printf 'table inet untrack {\n\tchain %s {\n\t}\n}\n' "$(mark_of "$1")"
}

# Through a file: a script that ends early would be taken for a whole one.
nft_run() { # N [OPTION]
  nft_script "$1" >"$state/script" && nft ${2:+"$2"} -f "$state/script"
}
nft_dry_run() { nft_run "$1" -c; }
nft_load() { nft_run "$1"; }

nft_unload() {
  ! nft_table_is_of untrack nft || nft delete table inet untrack
}

nft_listing() { nft --stateless list table inet untrack; }
