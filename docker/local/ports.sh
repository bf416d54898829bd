# shellcheck shell=bash
# Ports: chosen once from 20000-29999 (below the range that outgoing connections use), kept in <state>/ports.

declare -A PORT=()

read_ports() {
    PORT=()
    local name number
    [ -e "$STATE/ports" ] || return 0
    while IFS='=' read -r name number; do
        if [[ $number =~ ^[0-9]+$ ]]; then PORT[$name]=$number; fi
    done <"$STATE/ports"
}

# Every port on which somebody listens, one a line.
listening_ports() {
    local local_address state rest
    while read -r _ local_address _ state rest; do
        [ "$state" != 0A ] || printf '%d\n' "0x${local_address##*:}"
    done < <(cat /proc/net/tcp /proc/net/tcp6 2>/dev/null)
}

answers() { (: <"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# listens PART PORT: PART itself, or a process of its session, listens there; not somebody who was there before.
listens() {
    local pid number file stat fields inodes
    answers "$2" && pid=$(pid_of "$1") || return 1
    inodes=$(awk -v port="$(printf ':%04X' "$2")" '$4 == "0A" && substr($2, length($2) - 4) == port { print $10 }' \
        /proc/net/tcp /proc/net/tcp6 2>/dev/null)
    for file in /proc/[0-9]*/stat; do
        { read -r stat <"$file"; } 2>/dev/null || continue
        read -ra fields <<<"${stat##*) }"
        [ "${fields[3]:-}" = "$pid" ] || continue
        for number in $inodes; do
            ! find "${file%/stat}/fd" -lname "socket:\[$number\]" 2>/dev/null | grep -q . || return 0
        done
    done
    return 1
}

# Stacks that start in the same moment must not choose alike, so each of this user's writes down which ports are its own:
# lines of NUMBER STATE. A line counts as long as that stack keeps the port.
PORT_REGISTRY=/var/tmp/paidan-ports-$UID

# reserved_ports: the ports that other stacks keep.
reserved_ports() {
    local number state
    while read -r number state; do
        if [ "$state" != "$STATE" ] && grep -qs "=$number\$" "$state/ports"; then printf '%s %s\n' "$number" "$state"; fi
    done <"$PORT_REGISTRY/ports"
}

# keep_ports NAME:PART…: a free port for each NAME that has none, and a new one where another process than PART has
# taken the kept one meanwhile.
keep_ports() {
    mkdir -m 700 "$PORT_REGISTRY" 2>/dev/null || true
    [ -O "$PORT_REGISTRY" ] || die "$PORT_REGISTRY belongs to somebody else; remove it and run the command again"
    local lock
    exec {lock}>"$PORT_REGISTRY/lock"
    flock -w 60 "$lock" || die "another ./paidan has held $PORT_REGISTRY/lock for a minute; end it and try again"
    touch "$PORT_REGISTRY/ports"
    choose_ports "$@"
    exec {lock}>&-
}

choose_ports() {
    read_ports
    local -A taken=() mine=()
    local pair name part number others
    while read -r number; do taken[$number]=yes; done < <(listening_ports)
    others=$(reserved_ports)
    while read -r number _; do [ -z "$number" ] || taken[$number]=yes; done <<<"$others"
    for number in "${PORT[@]}"; do mine[$number]=yes; done
    for pair; do
        name=${pair%%:*} part=${pair#*:}
        if [ -n "${PORT[$name]:-}" ] && [ -n "${taken[${PORT[$name]}]:-}" ] && ! runs "$part"; then
            note "port ${PORT[$name]} of $name is taken by another program: choosing another"
            unset "PORT[$name]"
        fi
        while [ -z "${PORT[$name]:-}" ]; do
            number=$((20000 + RANDOM % 10000))
            [ -n "${taken[$number]:-}${mine[$number]:-}" ] || PORT[$name]=$number mine[$number]=yes
        done
    done
    for name in "${!PORT[@]}"; do printf '%s=%s\n' "$name" "${PORT[$name]}"; done | sort | write "$STATE/ports" 644
    {
        [ -z "$others" ] || printf '%s\n' "$others"
        for number in "${PORT[@]}"; do printf '%s %s\n' "$number" "$STATE"; done
    } | write "$PORT_REGISTRY/ports"
}
