# ---- the artifacts beside this script, as they were compiled

compiled() { printf '%s\n' "$artifacts" | grep "  $1/"; } # FOLDER; as sha256sum has it

intact() { compiled "$1" | (cd "$2" && sha256sum -c - >/dev/null 2>&1); } # FOLDER WHERE

# The empty chain that says whose the chains around it are. At most 28 bytes, as iptables has it.
compiled_mark() { printf 'untrack-bundle-%.12s\n' "$(compiled "$1" | sha256sum)"; } # FOLDER
