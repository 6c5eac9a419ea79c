# ---- the artifacts beside this script, as they were compiled

self=$(readlink -f "$0" 2>/dev/null) || self=$0 # a link may lead here
here=$(cd "$(dirname "$self")" && pwd) || fail "cannot find the folder of $0"
copy_again="copy the whole folder again, or compile again"

compiled() { printf '%s\n' "$artifacts" | grep "  $1/"; } # FOLDER; as sha256sum has it

intact() { compiled "$1" | (cd "$2" && sha256sum -c - >/dev/null 2>&1); } # FOLDER WHERE

# The empty chain that says whose the chains around it are. At most 28 bytes, as iptables has it.
compiled_mark() { printf 'untrack-bundle-%.12s\n' "$(compiled "$1" | sha256sum)"; } # FOLDER

# Rules wait for their interface, in silence: it may be a mistake in its name, or be the wrong node.
point_out_absent() {
  absent=''
  for interface in $interfaces; do
    sed -n 's/^ *\([^:]*\):.*/\1/p' /proc/net/dev | grep -qxF -e "$interface" || absent="$absent $interface"
  done
  [ -z "$absent" ] || say "not on this node now:$absent; rules act on an interface as soon as it is there"
}
