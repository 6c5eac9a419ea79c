# Do failsafe ports stay open? Walks the rules of an artifact as each such packet would, before they are loaded.
#
#   awk -v language=nft      -f failsafe.awk PROBES untrack.nft
#   awk -v language=iptables -v version=4 -f failsafe.awk PROBES ipset.restore iptables.restore
#
# A line of PROBES is `in eng4 4 tcp dport 22,179 any`: direction, interface, IP version, protocol, which port, the ports,
# the peer's addresses (a prefix or `any`). All else about the packet is open, so that a condition holds, does not, or
# might. A port stays open if no packet of the probe can meet a rule that drops or untracks it. A rule that is not
# understood counts as one. Prints a line for each probe that fails.

FNR == 1 { ++file }
/^[ \t]*#/ || /^[ \t]*$/ { next }
file == 1 { probes[++probe_count] = $0; next }
language == "nft" { read_nft(); next }
$1 == "add" { add_element($2, $3); next }
$1 == "-A" { add_rule($2, unquoted($0)) }

END {
  for (p = 1; p <= probe_count; ++p) {
    split(probes[p], field, " ")
    count = split(field[6], ports, ",")
    for (each = 1; each <= count; ++each) check(ports[each])
  }
}

function check(known_port,   entry, culprit) {
  direction = field[1]; interface = field[2]; protocol = field[4]; port_side = substr(field[5], 1, 1); net = field[7]
  if (language == "iptables" && field[3] != version) return
  version = field[3]; port = known_port + 0
  peer_side = direction == "in" ? "s" : "d"
  entry = (language == "nft" ? "" : "untrack-") (direction == "in" ? "prerouting" : "output")
  culprit = walk(entry)
  if (culprit != "")
    print direction, interface, "IPv" version, protocol, field[5], port (net == "any" ? "" : " of " net) ": " culprit
}

function add_rule(chain, text) { rules[chain, ++rule_count[chain]] = text }
function add_element(set, text) { elements[set] = elements[set] " " text }

# Nothing, or the rule that would take a packet of the probe.
function walk(chain,   i, holds, culprit) {
  for (i = 1; i <= rule_count[chain]; ++i) {
    verdict = ""
    holds = language == "nft" ? nft_rule(rules[chain, i]) : iptables_rule(rules[chain, i])
    if (holds == NO || verdict == "on") continue
    if (verdict ~ /^goto /) culprit = walk(substr(verdict, 6))
    else culprit = verdict == "open" ? "" : rules[chain, i]
    if (culprit != "" || holds == YES) return culprit
  }
  return ""
}

BEGIN { NO = 0; YES = 1; MAYBE = 2 }
function both(a, b) { return a == NO || b == NO ? NO : a == YES && b == YES ? YES : MAYBE }
function negated(holds, negation) { return !negation || holds == MAYBE ? holds : 1 - holds }
function equal(a, b) { return a == b ? YES : NO }

# ---- ports and addresses. LIST: values with blanks between them.

function port_in(side, list,   value, n, i, range) {
  if (side != port_side) return MAYBE
  n = split(list, value, " ")
  for (i = 1; i <= n; ++i) {
    if (split(value[i], range, "-") == 1) range[2] = range[1]
    if (range[1] + 0 <= port && port <= range[2] + 0) return YES
  }
  return NO
}

function address_in(side, list,   value, n, i, mine, prefix, overlaps) {
  n = split(list, value, " ")
  mine = side == peer_side && net != "any" ? bits(net) : ""
  for (i = 1; i <= n; ++i) {
    prefix = bits(value[i])
    if (substr(mine, 1, length(prefix)) == prefix) return YES
    if (substr(prefix, 1, length(mine)) == mine) overlaps = 1
  }
  return overlaps ? MAYBE : NO
}

# A prefix as its bits: `10.0.0.0/8` is 00001010. Remembered, since large sets are asked about once a probe.
function bits(prefix,   part) {
  if (!(prefix in known_bits)) {
    split(prefix, part, "/")
    known_bits[prefix] = prefix ~ /:/ ? bits6(part[1]) : bits4(part[1])
    if (part[2] != "") known_bits[prefix] = substr(known_bits[prefix], 1, part[2])
  }
  return known_bits[prefix]
}
function bits4(address,   byte, i, all) {
  split(address, byte, ".")
  for (i = 1; i <= 4; ++i) all = all binary(byte[i] + 0, 8)
  return all
}
function bits6(address,   half, i, n, low) {
  n = split(address, half, "::")
  low = n > 1 ? groups(half[2]) : ""
  half[1] = groups(half[1])
  while (length(half[1]) + length(low) < 128) half[1] = half[1] "0"
  return half[1] low
}
function groups(text,   group, n, i, all) {
  n = text == "" ? 0 : split(text, group, ":")
  for (i = 1; i <= n; ++i) all = all (group[i] ~ /\./ ? bits4(group[i]) : binary(hex(group[i]), 16))
  return all
}
function hex(text,   i, value) {
  for (i = 1; i <= length(text); ++i) value = value * 16 + index("0123456789abcdef", tolower(substr(text, i, 1))) - 1
  return value
}
function binary(value, width,   all) {
  for (; width > 0; --width) { all = value % 2 all; value = int(value / 2) }
  return all
}

# ---- nft, as untrack.nft has it

function read_nft() {
  if ($1 == "chain" || $1 == "set") { inside = $1; name = $2 }
  else if ($1 == "elements" || $1 == "}") inside = $1
  else if (inside == "chain" && $1 != "type") add_rule(name, nft_plain($0))
  else if (inside == "elements") { gsub(/[ \t,]/, ""); add_element(name, $0) }
}

# Without texts that a person chose.
function nft_plain(text) {
  sub(/^[ \t]+/, "", text)
  sub(/ comment "[^"]*"$/, "", text)
  sub(/log prefix "[^"]*"/, "log", text)
  return text
}

function nft_rule(text,   holds) {
  word_count = split(text, word, " ")
  at = 1
  holds = YES
  while (at <= word_count) {
    if (nft_verdict()) return holds
    holds = both(holds, nft_condition())
    if (holds == NO) return NO
  }
  verdict = "unknown"
  return holds
}

function nft_verdict() {
  if (word[at] == "accept") verdict = "open"
  else if (word[at] == "goto" || word[at] == "jump") verdict = "goto " word[at + 1]
  else if (word[at] == "log" || word[at] == "limit") verdict = "on"
  else if (word[at] == "drop" || word[at] == "notrack") verdict = "closed"
  return verdict != ""
}

# Steps over the condition at `at`. The packet has its whole header, so it is no later fragment; and no ICMP.
function nft_condition(   header, what, negation, joined, list) {
  header = word[at]; what = word[at + 1]
  if (what == "frag-off" || header ~ /^icmp/) return NO
  at += 2
  if (header ~ /^@th,/) return YES
  if (header ~ /^[io]ifname$/) return equal(what, "\"" interface "\"")
  for (joined = 0; word[at] == "."; joined = 1) at += 3
  negation = word[at] == "!="
  at += negation
  list = nft_values()
  if (header == "ip" && version == 6 || header == "ip6" && version == 4) return NO
  if (header ~ /^(tcp|udp|sctp)$/ && header != protocol) return NO
  if (joined) return MAYBE
  if (what == "l4proto") return negated(equal(list, " " protocol), negation)
  if (what == "nfproto") return negated(equal(list, " ipv" version), negation)
  if (what ~ /^[sd]port$/) return negated(port_in(substr(what, 1, 1), list), negation)
  if (what ~ /^[sd]addr$/) return negated(address_in(substr(what, 1, 1), list), negation)
  return MAYBE
}

# The value at `at`, or the values in braces, or those of a named set: each after a blank.
function nft_values(   list) {
  if (word[at] ~ /^@/) return elements[substr(word[at++], 2)]
  if (word[at] != "{") return " " word[at++]
  for (++at; at <= word_count && word[at] != "}"; ++at) list = list " " word[at]
  ++at
  gsub(/,/, "", list)
  return list
}

# ---- iptables, as ipset.restore and iptables.restore have it

# Without texts that a person chose, and their blanks.
function unquoted(line) {
  sub(/^-A [^ ]+ /, "", line)
  gsub(/"([^"\\]|\\.)*"/, "text", line)
  return line
}

function iptables_rule(text,   word_count, i, holds, negation, option) {
  word_count = split(text, word, " ")
  holds = YES
  for (i = 1; i <= word_count; i += 2) {
    negation = word[i] == "!"
    i += negation
    option = word[i]
    if (option == "-g") verdict = "goto " word[i + 1]
    else if (option == "-j") {
      if (word[i + 1] == "LOG") verdict = "on"
      else verdict = word[i + 1] ~ /^(ACCEPT|RETURN)$/ ? "open" : "closed"
    }
    if (option ~ /^-[gj]$/) return holds
    if (option ~ /^-[io]$/) holds = both(holds, negated(equal(word[i + 1], interface), negation))
    else if (option == "-p") holds = both(holds, negated(equal(word[i + 1], protocol), negation))
    else if (option ~ /^-[sd]$/) holds = both(holds, negated(address_in(substr(option, 2), word[i + 1]), negation))
    else if (word[i] == "-m" && word[i + 1] == "set") {
      i += 2
      negation = word[i] == "!"
      i += negation + 1
      holds = both(holds, negated(set_has(word[i], word[i + 1]), negation))
    } else if (option !~ /^(-m|--comment|--limit|--limit-burst)$/) holds = both(holds, MAYBE)
    if (holds == NO) return NO
  }
  verdict = "closed"
  return holds
}

# Elements are ports, prefixes, or `address,protocol:port`; of the last kind only the ports are looked at.
function set_has(set, sides,   side, list, own) {
  side = substr(sides, 1, 1)
  list = elements[set "-t"]  # a set is filled under this name and then takes its place
  if (list !~ /,/) return list ~ /[.:]/ ? address_in(side, list) : port_in(side, list)
  own = ""
  while (match(list, "," protocol ":[0-9-]+")) {
    own = own " " substr(list, RSTART + length(protocol) + 2, RLENGTH - length(protocol) - 2)
    list = substr(list, RSTART + RLENGTH)
  }
  return port_in(side, own) == NO ? NO : MAYBE
}
