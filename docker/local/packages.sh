# shellcheck shell=bash
# What is needed from Debian and from the Swift toolchain, and how it gets here.

# The last line is what the toolchain itself stands on.
BUILD_PACKAGES="git pkg-config libpq-dev librabbitmq-dev zlib1g-dev
    binutils libc6-dev libstdc++-12-dev libncurses6"
STACK_PACKAGES="ca-certificates curl tzdata postgresql rabbitmq-server nginx-light kannel kannel-extras python3
    python3-aiosmtpd python3-pika"
LINT_PACKAGES="python3-venv prometheus"

check_system() {
    case $ROOT in *[[:space:]]*) die "the path $ROOT has a space, which RabbitMQ's scripts do not bear; move the checkout" ;; esac
    case $(uname -m) in
    x86_64 | aarch64) ;;
    *) die "this machine is $(uname -m); Swift for Debian 12 exists for x86_64 and aarch64 only" ;;
    esac
    command -v apt-get >/dev/null && command -v dpkg-query >/dev/null ||
        die "this is not Debian: no apt-get; use Debian 12 or the images of docker/compose.yaml"
    local id version
    id=$(. /etc/os-release && echo "$ID")
    version=$(. /etc/os-release && echo "${VERSION_ID:-}")
    [ "$id $version" = "debian 12" ] ||
        note "this is $id $version, tried is Debian 12: package names and versions may differ"
}

check_swift() {
    export SWIFT_DETERMINISTIC_HASHING=1 # without it SwiftPM compiles unchanged packages again (order of their flags)
    command -v swift >/dev/null || PATH="/opt/swift/usr/bin:$PATH"
    command -v swift >/dev/null ||
        die "no swift in PATH nor in /opt/swift/usr/bin; install Swift 6.3 for Debian 12 from swift.org/install"
}

# check_disk GIGABYTES
check_disk() {
    local free
    free=$(df -Pk "$ROOT" | awk 'NR == 2 { print int($4 / 1048576) }')
    [ "$free" -ge "$1" ] ||
        die "only $free GB free on the disk of $ROOT, $1 GB are needed; make room and run the command again"
}

missing_packages() {
    local name state
    for name; do
        state=$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null) || state=
        [ "$state" = installed ] || printf '%s ' "$name"
    done
}

# install_packages NAME…: installs what is missing, without letting Debian start its own instances of the servers.
install_packages() {
    local missing
    restore_policy
    missing=$(missing_packages "$@")
    [ -n "$missing" ] || return 0
    as_root || die "these Debian packages are missing and only root can install them: sudo apt-get install $missing"
    step "Installing from Debian: $missing"
    local before
    before=$(known_units)
    guard_policy
    export DEBIAN_FRONTEND=noninteractive
    {
        dpkg --configure -a >>"$STATE/log/apt.log" 2>&1 || true # an installation that was interrupted
        # shellcheck disable=SC2086 # a list of words
        apt_get update && apt_get install -y --no-install-recommends $missing
    } || { restore_policy; die "apt-get failed, its last lines are above; mend that (network? sources.list?) and run the command again"; }
    restore_policy
    disable_new_units "$before"
}

apt_get() {
    if [ -n "$on_terminal" ]; then
        apt-get -q -o Dpkg::Use-Pty=0 "$@" </dev/null 2>&1 | tee -a "$STATE/log/apt.log" | counter "apt-get $1"
    else
        apt-get -q -o Dpkg::Use-Pty=0 "$@" </dev/null >>"$STATE/log/apt.log" 2>&1
    fi || { tail -n 8 "$STATE/log/apt.log" >&2; return 1; }
}

# While we install, a policy says "do not start": a fresh server package would otherwise start an instance of its own.
POLICY=/usr/sbin/policy-rc.d

guard_policy() {
    [ ! -e "$POLICY" ] || mv -f "$POLICY" "$POLICY.before-paidan"
    printf '#!/bin/sh\n# paidan installs: nothing is started meanwhile\nexit 101\n' >"$POLICY"
    chmod 755 "$POLICY"
}

# Also mends what a killed installation left behind.
restore_policy() {
    if as_root && grep -qs 'paidan installs' "$POLICY"; then
        rm -f "$POLICY"
        [ ! -e "$POLICY.before-paidan" ] || mv -f "$POLICY.before-paidan" "$POLICY"
    fi
}

# The servers' own units would start at the next boot; those that came with our installation stay off.
known_units() {
    command -v systemctl >/dev/null && systemctl list-unit-files --no-legend 2>/dev/null | awk '{ print $1 }' || true
}

disable_new_units() {
    command -v systemctl >/dev/null || return 0
    local unit
    for unit in postgresql.service rabbitmq-server.service nginx.service kannel.service epmd.socket; do
        grep -qx "$unit" <<<"$1" || systemctl disable "$unit" >/dev/null 2>&1 || true
    done
}

# counter TITLE: lines of a long command as one line that counts on a terminal, as a line each 20 s elsewhere.
counter() {
    local line shown=$SECONDS count=0 at=''
    while IFS= read -r line; do
        count=$((count + 1))
        if [[ $line =~ ^\[([0-9]+/[0-9]+)\] ]]; then
            at=${BASH_REMATCH[1]}
        elif [[ $at != */* ]]; then
            at="$count lines"
        fi
        if [ -n "$on_terminal" ]; then
            printf '\r\033[K    %s: %s' "$1" "$at"
        elif [ $((SECONDS - shown)) -ge 20 ]; then
            shown=$SECONDS
            note "$1: $at"
        fi
    done
    [ -z "$on_terminal" ] || printf '\r\033[K'
}

# build CONFIGURATION [ARGUMENT…]
build() {
    local configuration=$1 log="$STATE/log/build.log" started=$SECONDS
    shift
    check_swift
    check_disk 3
    step "Building ($configuration; the first time takes several minutes)"
    if ! (cd "$ROOT" && swift build -c "$configuration" "$@" </dev/null 2>&1) | tee "$log" | counter swift; then
        { grep -E '^[^ ].*error:' "$log" || tail -n 20 "$log"; } | awk '!seen[$0]++' | head -n 40 >&2
        die "the build failed, its errors are above and in $log"
    fi
    [ "$configuration" != release ] || check_release
    note "built in $((SECONDS - started)) s"
}

# What lets a test build die on purpose or go without its guards must be in no program that is delivered.
check_release() {
    local program
    for program in $SERVICES paidan; do
        [ ! -x "$ROOT/.build/release/$program" ] || ! grep -qaE 'PAIDAN_(FAILPOINT|BREAK)|9FailpointO|12RemovedGuardO' "$ROOT/.build/release/$program" ||
            die "$program, built for release, holds failpoints; in the sources they belong inside #if DEBUG"
    done
}
