# ---- the host's own filter: the rules at its head that accept packets with the mark, whatever the target. Of iptables,
# chain `untrack-filter` of table filter, entered first by INPUT, FORWARD and OUTPUT; of nft, a rule with the comment
# `untrack-filter`, first in every base chain of type filter at those hooks. They are ours while a recorded generation
# has any. A filter that comes later does not have them: status says so, and apply adds them.

accepts() { [ -e "$state/$1/filter" ]; } # N
any_accepts() { for generation in $(generations); do accepts "$generation" && return 0; done; return 1; }

# Whether what stands in filters now, if anything does, is what generation N has there.
filter_stays() { # N
  accepts "$1" || return 1
  for generation in $(generations); do
    ! accepts "$generation" || [ "$(cat "$state/$generation"/filter/*)" = "$(cat "$state/$1"/filter/*)" ] || return 1
  done
}

# ---- of iptables

filter_saved() { "$(tool_for "$1" "$2" -save)" -t filter 2>/dev/null; } # FLAVOUR FAMILY

# `iptables-legacy ip6tables`, for each table filter that does something. To look at one of the legacy flavour makes it,
# and iptables-nft shows one that is not there as empty.
each_filter_table() {
  for family in $families; do
    if grep -qx filter "/proc/net/${family%tables}_tables_names" 2>/dev/null; then echo "iptables-legacy $family"; fi
    if iptables_nft_keeps "$family" && filter_saved iptables-nft "$family" |
      grep -q -e '^:[A-Z]* DROP' -e '^-A ' -e '^:untrack-filter '; then
      echo "iptables-nft $family"
    fi
  done
}
# Whether table `filter` is iptables-nft's, if it is there: a person may have made one of that name with nft.
iptables_nft_keeps() { # FAMILY
  tool=$(tool_for iptables-nft "$1" -save)
  command -v "$tool" >/dev/null && [ "$(flavour_of "$tool")" = nft ] && ! "$tool" -t filter 2>&1 | grep -q incompatible
}

# What makes generation N's the only rules of ours there; 0: none. FLAVOUR FAMILY N
filter_transaction() {
  before=$(filter_saved "$1" "$2") || return 1
  echo '*filter'
  for hook in INPUT FORWARD OUTPUT; do
    printf '%s\n' "$before" | sed -n "s/^-A \($hook -j untrack-filter\)\$/-D \1/p"
  done
  if [ "$3" != 0 ]; then
    sed -n '/^:/p' "$state/$3/filter/iptables.restore"
    for hook in INPUT FORWARD OUTPUT; do echo "-I $hook 1 -j untrack-filter"; done
    sed -n '/^-A /p' "$state/$3/filter/iptables.restore"
  elif printf '%s\n' "$before" | grep -q '^:untrack-filter '; then
    echo '-F untrack-filter'
    echo '-X untrack-filter'
  fi
  echo COMMIT
}

filter_iptables() { # N [OPTION]
  each_filter_table >"$state/script.filters"
  while read -r flavour family; do
    filter_transaction "$flavour" "$family" "$1" >"$state/script" || return 1
    restored "$(tool_for "$flavour" "$family" -restore)" --noflush ${2:+"$2"} <"$state/script" || return 1
  done <"$state/script.filters"
}

# ---- of nft

# `inet filter input`: base chains that filter, but for those of iptables-nft. Before -100 a chain is raw or mangle.
each_filter_chain() {
  command -v nft >/dev/null || return 0
  kept=$(for family in $families; do iptables_nft_keeps "$family" && echo "${family%tables}"; done)
  nft list chains 2>/dev/null | awk -v kept="$kept" '
    BEGIN {
      split("raw -300 mangle -150 dstnat -100 filter 0 security 50 srcnat 100", word, " ")
      for (i = 1; i in word; i += 2) known[word[i]] = word[i + 1]
      n = split(kept, word, "\n")
      for (i = 1; i <= n; ++i) iptables[word[i] " filter"]
    }
    $1 == "table" { table = $2 " " $3 }
    $1 == "chain" { chain = $2 }
    $1 == "type" && $2 == "filter" && $4 ~ /^(input|forward|output)$/ && table ~ /^(ip|ip6|inet) / {
      text = $0
      sub(/.* priority /, "", text)
      sub(/;.*/, "", text)
      n = split(text, word, " ")
      priority = word[1] in known ? known[word[1]] : word[1]
      if (n == 3) priority += word[2] == "-" ? -word[3] : word[3]
      if (priority > -100 && table != "inet untrack" && !(table in iptables)) print table, chain
    }'
}

# Places of our rules in a chain: `1 7`, its place and handle. TABLE... CHAIN
filter_rules_of() {
  nft -a list chain "$@" 2>/dev/null | awk '
    / # handle [0-9]+$/ && !/^\tchain / && !/^table / { ++place }
    / comment "untrack-filter" # handle [0-9]+$/ { print place, $NF }'
}

filter_nft() { # N [OPTION]
  rule=''
  [ "$1" = 0 ] || rule=$(sed '/^#/d' "$state/$1/filter/accept.nft")
  each_filter_chain >"$state/script.filters"
  while read -r family table chain; do
    filter_rules_of "$family" "$table" "$chain" | while read -r _ handle; do
      echo "delete rule $family $table $chain handle $handle"
    done
    [ -z "$rule" ] || echo "insert rule $family $table $chain $rule"
  done <"$state/script.filters" >"$state/script" || return 1
  [ ! -s "$state/script" ] || nft ${2:+"$2"} -f "$state/script"
}

# ---- both

filter_on() { ! accepts "$1" || { filter_iptables "$1" && filter_nft "$1"; }; } # N
filter_off() { ! any_accepts || { filter_nft 0 && filter_iptables 0; }; }
filter_dry_run() { ! accepts "$1" || { filter_iptables "$1" --test && filter_nft "$1" -c; }; } # N

filter_foreign() { # N
  accepts "$1" && ! any_accepts_but new || return 0
  each_filter_table | while read -r flavour family; do
    filter_saved "$flavour" "$family" | sed -n "s/^:untrack-filter .*/chain untrack-filter of $family, $flavour/p"
  done
  each_filter_chain | while read -r family table chain; do
    [ -z "$(filter_rules_of "$family" "$table" "$chain")" ] ||
      echo "a rule with the comment untrack-filter in chain $chain of table $family $table"
  done
}
any_accepts_but() { # N
  for generation in $(generations); do [ "$generation" = "$1" ] || ! accepts "$generation" || return 0; done
  return 1
}

# Nothing while all is well: what stands in filters changes without us, and is none of our business.
filter_listing() { # N
  accepts "$1" || return 0
  each_filter_table | while read -r flavour family; do
    filter_saved "$flavour" "$family" | awk -v where="$family, $flavour:" -v wanted="$(sed -n '/^-A/p' "$state/$1/filter/iptables.restore")" '
      /^-A untrack-filter / { found = found $0 "\n" }
      /^-A / && !($2 in first) { first[$2] = $0 }
      END {
        split("INPUT FORWARD OUTPUT", hook, " ")
        for (i = 1; i <= 3; ++i)
          if (first[hook[i]] != "-A " hook[i] " -j untrack-filter") print where, hook[i], "does not begin by accepting the mark"
        if (found != wanted "\n") print where, "chain untrack-filter is not what was loaded"
      }'
  done
  each_filter_chain | while read -r family table chain; do
    case $(filter_rules_of "$family" "$table" "$chain") in
      "1 "*) ;;
      *) echo "nft: chain $chain of table $family $table does not begin by accepting the mark" ;;
    esac
  done
}
