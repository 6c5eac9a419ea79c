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
$1 == "add" { read_ipset($2, $3); next }
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
  ++checks
  entry = (language == "nft" ? "" : "untrack-") (direction == "in" ? "prerouting" : "output")
  culprit = walk(entry)
  if (culprit != "")
    print direction, interface, "IPv" version, protocol, field[5], port (net == "any" ? "" : " of " net) ": " culprit
}

function add_rule(chain, text) { rules[chain, ++rule_count[chain]] = text }
# Single ports of a set are found without looking at the others.
function add_element(set, text) {
  if (set != "inline" && text ~ /^[0-9]+$/) single[set, text + 0]
  else element[set, ++size[set]] = text
}
function only(text) { size["inline"] = 0; add_element("inline", text); return "inline" }

# Nothing, or the rule that would take a packet of the probe. Thousands of elements may lead to one chain.
function walk(chain) {
  if (!((checks, chain) in walked)) walked[checks, chain] = walk_rules(chain)
  return walked[checks, chain]
}
function walk_rules(chain,   i, holds, culprit) {
  for (i = 1; i <= rule_count[chain]; ++i) {
    verdict = ""
    holds = language == "nft" ? nft_rule(rules[chain, i]) : iptables_rule(rules[chain, i])
    if (holds == NO || verdict == "on") continue
    if (verdict ~ /^(ports|nets) /) {
      culprit = verdict ~ /^ports / ? walk_ports(verdict) : walk_nets(verdict)
      if (map_decides != YES) holds = MAYBE
    } else {
      culprit = follow(verdict, rules[chain, i])
      if (comes_back(verdict)) holds = MAYBE
    }
    if (holds == YES) decided[checks, chain]
    if (culprit != "" || holds == YES) return culprit
  }
  return ""
}

# From a chain that is called, unless one of its rules decides about every packet of the probe.
function comes_back(verdict) { return verdict ~ /^jump / && !((checks, substr(verdict, 6)) in decided) }

function follow(verdict, rule) {
  if (verdict ~ /^(goto|jump) /) return walk(substr(verdict, 6))
  return verdict == "open" ? "" : rule
}

# `ports SIDE NAME`: all that the map may say of the probe. Afterwards, whether it says anything in `map_decides`.
function walk_ports(lookup,   part, map, i, culprit, known, decides) {
  split(lookup, part, " ")
  map = part[3]
  known = part[2] == port_side
  decides = known ? NO : MAYBE
  if (known && (map, port) in port_verdict) {
    culprit = follow(port_verdict[map, port], "map " map ": " port)
    map_decides = YES
    return culprit
  }
  if (!known) culprit = walk_any(map)
  for (i = 1; known && ranged[map] && i <= size[map] && culprit == ""; ++i) {
    if (!in_range(element[map, i])) continue
    decides = YES
    culprit = follow(map_verdict[map, i], "map " map ": " element[map, i])
  }
  map_decides = decides
  return culprit
}

# Whatever the map may say, each kind of verdict once.
function walk_any(map,   i, culprit) {
  for (i = 1; i <= kinds[map] && culprit == ""; ++i) culprit = follow(kind[map, i], "map " map)
  return culprit
}

# `nets SIDE BITS PORTSIDE NAME`: likewise, of a map by address, of which so many bits count (`-`: those that an element
# says), or by address and port.
function walk_nets(lookup,   part, map, i, culprit, known, decides, holds, net_of) {
  split(lookup, part, " ")
  known = part[4] == port_side
  map = part[5] (known ? "," port : "")
  if (!known && (net == "any" || part[2] != peer_side)) {
    map_decides = MAYBE
    return walk_any(map)
  }
  decides = NO
  for (i = 1; i <= size[map] && culprit == ""; ++i) {
    net_of = element[map, i]
    sub(/ .*/, "", net_of)
    holds = address_in(part[2], only(net_of (part[3] == "-" ? "" : "/" part[3])))
    if (holds == NO) continue
    culprit = follow(map_verdict[map, i], "map " part[5] ": " element[map, i])
    if (comes_back(map_verdict[map, i])) holds = MAYBE
    if (decides != YES) decides = holds == YES && (known || part[4] == "-") ? YES : MAYBE
  }
  map_decides = decides
  return culprit
}

BEGIN { NO = 0; YES = 1; MAYBE = 2 }
function both(a, b) { return a == NO || b == NO ? NO : a == YES && b == YES ? YES : MAYBE }
function negated(holds, negation) { return !negation || holds == MAYBE ? holds : 1 - holds }
function equal(a, b) { return a == b ? YES : NO }

# ---- ports and addresses. Values in the rule itself are put into the set `inline`.

function port_in(side, set,   i) {
  if (side != port_side) return MAYBE
  if ((set, port) in single) return YES
  for (i = 1; i <= size[set]; ++i) {
    if (in_range(element[set, i])) return YES
  }
  return NO
}
function in_range(text,   range) {
  return split(text, range, "-") == 1 ? port == text + 0 : range[1] + 0 <= port && port <= range[2] + 0
}

function address_in(side, set,   i, mine, prefix, overlaps) {
  mine = side == peer_side && net != "any" ? bits(net) : ""
  for (i = 1; i <= size[set]; ++i) {
    prefix = bits(element[set, i])
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
  if ($1 == "chain" || $1 == "set" || $1 == "map") { inside = $1; name = $2 }
  else if ($1 == "elements" || $1 == "}") inside = $1
  else if (inside == "chain" && $1 != "type") add_rule(name, nft_plain($0))
  else if (inside == "elements") read_element(nft_plain($0))
}

# `10.0.0.0/8,` of a set; `80-90 : goto x,` or `10.1.2.0 . 80 : goto x,` of a map. A map's element with a port stands in
# a list for that port, too.
function read_element(text,   part, pair) {
  sub(/,$/, "", text)
  if (split(text, part, " : ") < 2) { add_element(name, part[1]); return }
  part[2] = nft_verdict_of(part[2])
  add_map_element(name, part[1], part[2])
  if (part[1] ~ /^[0-9]+$/) port_verdict[name, part[1] + 0] = part[2]
  else ranged[name] = 1
  if (split(part[1], pair, " . ") == 2) add_map_element(name "," pair[2], pair[1], part[2])
}
function add_map_element(map, text, verdict) {
  element[map, ++size[map]] = text
  map_verdict[map, size[map]] = verdict
  if (!((map, verdict) in has_kind)) { has_kind[map, verdict]; kind[map, ++kinds[map]] = verdict }
}

# Without texts that a person chose.
function nft_plain(text) {
  sub(/^[ \t]+/, "", text)
  sub(/ comment "[^"]*"/, "", text)
  sub(/log prefix "[^"]*"/, "log", text)
  return text
}

function nft_rule(text,   holds) {
  word_count = split(text, word, " ")
  at = 1
  holds = YES
  while (at <= word_count) {
    verdict = nft_verdict_at()
    if (verdict != "") return holds
    holds = both(holds, nft_condition())
    if (holds == NO) return NO
  }
  verdict = "unknown"
  return holds
}

function nft_verdict_at() {
  if (word[at + 2] == "vmap" && word[at] == "th") return "ports " substr(word[at + 1], 1, 1) " " substr(word[at + 3], 2)
  if (word[at + 1] ~ /^[sd]addr$/ && text_at() ~ vmap_of_addresses) return nft_address_map()
  return nft_verdict_of(word[at] " " word[at + 1])
}
# `ip saddr & 255.255.255.0 . th dport vmap @name`, of packets of the other IP version: nothing.
BEGIN { vmap_of_addresses = "^ip6? [sd]addr( & [0-9a-f.:]+)?( [.] th [sd]port)? vmap @[^ ]+$" }
function text_at(   i, text) {
  for (i = at; i <= word_count; ++i) text = text (i == at ? "" : " ") word[i]
  return text
}
function nft_address_map(   side, mask, last, ported) {
  if (word[at] != (version == 6 ? "ip6" : "ip")) return "on"
  side = substr(word[at + 1], 1, 1)
  mask = "-"
  last = at + 2
  if (word[last] == "&") {
    mask = bits(word[last + 1])
    sub(/0+$/, "", mask)
    mask = length(mask)
    last += 2
  }
  ported = "-"
  if (word[last] == ".") {
    ported = substr(word[last + 2], 1, 1)
    last += 3
  }
  return "nets " side " " mask " " ported " " substr(word[last + 1], 2)
}
function nft_verdict_of(text) {
  if (text ~ /^accept/) return "open"
  if (text ~ /^(goto|jump) /) return text
  if (text ~ /^(log|limit)( |$)/) return "on"
  if (text == "meta mark") return word[at + 2] == "set" && word[at + 5] ~ /^[&|]$/ && at + 6 == word_count ? "on" : "closed"
  return text ~ /^(drop|notrack)/ ? "closed" : ""
}

# Steps over the condition at `at`. The packet has its whole header, so it is no later fragment; and no ICMP.
function nft_condition(   header, what, negation, joined, masked, mask, set) {
  header = word[at]; what = word[at + 1]
  if (header == "ip" && what == "frag-off" && word[at + 4] == "==") { at += 6; return equal(version, 4) }
  if (what == "frag-off" || header ~ /^icmp/) return NO
  if (header ~ /^@th,/) { at += 5; return YES }  # `@th,152,8 & 0x0 == 0x0`: whether the byte is there
  at += 2
  if (header ~ /^[io]ifname$/) return equal(what, "\"" interface "\"")
  for (joined = 0; word[at] == "."; joined = 1) at += 3
  masked = word[at] == "&"
  mask = masked ? word[at + 1] : ""
  if (masked) at += 2
  negation = word[at] == "!="
  at += negation || word[at] == "=="
  set = nft_values()
  if (mask == "255.255.255.0" && set == "inline") {  # `ip saddr & 255.255.255.0 == 10.0.4.0`: a prefix
    element[set, 1] = element[set, 1] "/24"
    masked = 0
  }
  if (header == "ip" && version == 6 || header == "ip6" && version == 4) return NO
  if (header ~ /^(tcp|udp|sctp)$/ && header != protocol) return NO
  if (joined || masked) return MAYBE
  if (what == "l4proto") return negated(equal(element[set, 1], protocol), negation)
  if (what == "nfproto") return negated(equal(element[set, 1], "ipv" version), negation)
  if (what ~ /^[sd]port$/) return negated(port_in(substr(what, 1, 1), set), negation)
  if (what ~ /^[sd]addr$/) return negated(address_in(substr(what, 1, 1), set), negation)
  return MAYBE
}

# The set of the value, or the values in braces, at `at`.
function nft_values(   braces) {
  if (word[at] ~ /^@/) return substr(word[at++], 2)
  size["inline"] = 0
  braces = word[at] == "{"
  at += braces
  do {
    sub(/,$/, "", word[at])
    add_element("inline", word[at++])
  } while (braces && at <= word_count && word[at] != "}")
  at += braces
  return "inline"
}

# ---- iptables, as ipset.restore and iptables.restore have it

# Without texts that a person chose, and their blanks.
function unquoted(line) {
  sub(/^-A [^ ]+ /, "", line)
  gsub(/"([^"\\]|\\.)*"/, "text", line)
  return line
}

function iptables_rule(text,   holds) {
  word_count = split(text, word, " ")
  holds = YES
  for (at = 1; at <= word_count; at += 2) {
    if (word[at] ~ /^-[gj]$/) { verdict = iptables_verdict(word[at], word[at + 1]); return holds }
    holds = both(holds, iptables_condition())
    if (holds == NO) return NO
  }
  verdict = "unknown"
  return holds
}

function iptables_verdict(option, target) {
  if (option == "-g") return "goto " target
  if (target ~ /^(LOG|MARK)$/) return "on"
  return target ~ /^(ACCEPT|RETURN)$/ ? "open" : "closed"
}

# Steps over the condition at `at`, but for its last two words.
function iptables_condition(   negation) {
  if (word[at] == "-m") return YES  # what is matched follows
  negation = word[at] == "!"
  at += negation
  if (word[at] ~ /^-[io]$/) return negated(equal(word[at + 1], interface), negation)
  if (word[at] == "-p") return negated(equal(word[at + 1], protocol), negation)
  if (word[at] ~ /^-[sd]$/) return negated(address_in(substr(word[at], 2), only(word[at + 1])), negation)
  if (word[at] ~ /^--[sd]port$/) {
    sub(/:/, "-", word[at + 1])
    return negated(port_in(substr(word[at], 3, 1), only(word[at + 1])), negation)
  }
  if (word[at] == "--match-set") { ++at; return negated(set_has(word[at], word[at + 1]), negation) }
  return word[at] ~ /^--(comment|limit|limit-burst)$/ ? YES : MAYBE
}

# Elements are ports; prefixes; or `address,protocol:port`, which are found by their second half.
function read_ipset(set, text,   part) {
  if (split(text, part, ",") == 1) { add_element(set, text); return }
  pairs[set] = 1
  if (part[2] ~ /-/) add_element(set ",ranges", text)
  else add_element(set "," part[2], part[1])
}

# `src,dst`: the address of the source, the port of the destination.
function set_has(set, sides,   address_side, last) {
  set = set "-t"  # filled under this name, it then takes its place
  address_side = substr(sides, 1, 1)
  last = sides
  sub(/.*,/, "", last)
  if (!pairs[set]) return element[set, 1] ~ /[.:]/ ? address_in(address_side, set) : port_in(address_side, set)
  if (substr(last, 1, 1) != port_side) return MAYBE
  return address_in(address_side, addresses_at_port(set))
}
function addresses_at_port(set,   i, n, half, span) {
  size["inline"] = 0
  n = size[set "," protocol ":" port]
  for (i = 1; i <= n; ++i) add_element("inline", element[set "," protocol ":" port, i])
  n = size[set ",ranges"]
  for (i = 1; i <= n; ++i) {
    split(element[set ",ranges", i], half, ",")
    if (split(half[2], span, ":") == 2 && span[1] == protocol && in_range(span[2])) add_element("inline", half[1])
  }
  return "inline"
}
