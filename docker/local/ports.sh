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

# keep_ports NAME:PART…: a free port for each NAME that has none, and a new one where another process than PART has
# taken the kept one meanwhile.
keep_ports() {
    read_ports
    local -A taken=() mine=()
    local pair name part number
    while read -r number; do taken[$number]=yes; done < <(listening_ports)
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
}
