#!/bin/bash
# Prints the broker's users and permissions as a definitions file, for `load_definitions`. Passwords come from
# PAIDAN_BROKER_<USER>_PASSWORD and leave as salted hashes. Exchanges, queues and bindings are the tool's
# (`paidan topology apply`), adapters too (`paidan adapter add NAME`).
set -eu

# hash PASSWORD: base64 of salt and SHA-256(salt, password), as rabbit_password_hashing_sha256 stores it.
hash() {
    local salt digest
    salt=$(od -An -N2 -tx1 /dev/urandom | tr -d ' \n') # four characters
    digest=$(printf '%s%s' "$salt" "$1" | sha256sum)
    { printf '%s' "$salt" && printf '%b' "$(printf '%s' "${digest%% *}" | sed 's/../\\x&/g')"; } | base64 -w 0
}

user() {
    local variable="PAIDAN_BROKER_${1^^}_PASSWORD"
    printf '{"name": "%s", "password_hash": "%s", "hashing_algorithm": "rabbit_password_hashing_sha256", "tags": "%s"}' \
        "$1" "$(hash "${!variable:?}")" "$2"
}

permission() {
    printf ',\n  {"user": "%s", "vhost": "paidan", "configure": "%s", "write": "%s", "read": "%s"}' "$@"
}

# A service declares the exchanges and its own queues, publishes to the exchanges named, and reads its own queues. With
# the tag management it can also list the bindings of its vhost: readiness compares them with the code's.
service() {
    local own="$1\\\\." exchanges='paidan\\.(inbound|events|commands|dead|replies)'
    permission "$1" "^($own.*|$exchanges)\$" "^($own.*|paidan\\\\.($2))\$" "^($own.*|$exchanges)\$"
}

cat <<DEFINITIONS
{"vhosts": [{"name": "paidan"}],
 "users": [
  $(user operator administrator),
  $(user intake management),
  $(user dispatcher management),
  $(user notifier management),
  $(user followup management),
  $(user reporting management)],
 "permissions": [
  {"user": "operator", "vhost": "paidan", "configure": ".*", "write": ".*", "read": ".*"}$(
    service intake 'events|dead|replies'
    service dispatcher 'events|dead'
    service notifier 'events|commands|dead'
    service followup 'events|dead'
    service reporting 'events|dead'
)]}
DEFINITIONS
