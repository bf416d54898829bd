# shellcheck shell=bash
# What every part stands on: words to the user, secrets, files, and processes that we know to be our own.

[ -t 1 ] && on_terminal=yes || on_terminal=

step() { printf '==> %s\n' "$*"; }
note() { printf '    %s\n' "$*"; }

# die SENTENCE: the one sentence that says what is wrong and what to do.
die() {
    printf 'paidan: %s\n' "$*" >&2
    exit 1
}

as_root() { [ "$(id -u)" = 0 ]; }

# write FILE [MODE]: standard input becomes FILE at once or not at all.
write() {
    local new="$1.new"
    (umask 077 && cat >"$new")
    chmod "${2:-600}" "$new"
    mv -f "$new" "$1"
}

# secret NAME: 128 random bits, made once and kept.
secret() {
    local file="$STATE/secrets/$1"
    [ -s "$file" ] || od -An -N16 -tx1 /dev/urandom | tr -d ' \n' | write "$file"
    cat "$file"
}

# render TEMPLATE NAME=VALUE…: the template with every ${NAME} replaced.
render() {
    local text pair
    text=$(<"$1")
    shift
    for pair; do
        text=${text//"\${${pair%%=*}}"/"${pair#*=}"}
    done
    printf '%s\n' "$text"
}

# The directories of one stack. Only its root is open to others: the database runs as another user.
make_state() {
    mkdir -p "$STATE" 2>/dev/null && [ -w "$STATE" ] ||
        die "cannot write $STATE; run as the user who owns it, or as root"
    chmod 755 "$STATE"
    local part
    for part in secrets env run log mail; do
        [ -d "$STATE/$part" ] || mkdir -m 700 "$STATE/$part"
    done
}

# One command at a time may change a stack. Processes that we start do not inherit the lock (launch closes it).
lock_state() {
    exec 9>"$STATE/lock"
    flock -n 9 || {
        note "another ./paidan is at work on this stack: waiting for it"
        flock -w 1800 9 || die "another ./paidan has been at work on this stack for half an hour; end it and try again"
    }
}

# birth PID: when the kernel started it, in clock ticks; fails for one that is gone or a zombie.
birth() {
    local stat fields
    # Not $(<…): on a file that is gone, bash 5.2 ends the whole script.
    { read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 1
    read -ra fields <<<"${stat##*) }"
    [ "${fields[0]}" != Z ] || return 1
    printf '%s\n' "${fields[19]}"
}

# pid_of PART: its process id, if the process that we started still runs; never somebody else's with the same number.
pid_of() {
    local pid born boot
    { read -r pid born boot <"$STATE/run/$1"; } 2>/dev/null || return 1
    [ "$boot" = "$(</proc/sys/kernel/random/boot_id)" ] || return 1
    [ "$(birth "$pid")" = "$born" ] || return 1
    printf '%s\n' "$pid"
}

# bury PART: ends what a part that was killed has left behind, such as nginx's workers, which would keep its port. Each
# part leads a session of its own, and the kernel gives a session's number to nobody else while it has a member.
bury() {
    local pid boot file stat fields left=()
    { read -r pid _ boot <"$STATE/run/$1"; } 2>/dev/null || return 0
    [ "$boot" = "$(</proc/sys/kernel/random/boot_id)" ] && ! birth "$pid" >/dev/null || return 0
    for file in /proc/[0-9]*/stat; do
        { read -r stat <"$file"; } 2>/dev/null || continue
        read -ra fields <<<"${stat##*) }"
        [ "${fields[3]:-}" != "$pid" ] || [ "${fields[0]}" = Z ] || left+=("$(basename "${file%/stat}")")
    done
    [ ${#left[@]} -eq 0 ] || { note "$1 was killed and left something behind: ended"; kill -KILL "${left[@]}" 2>/dev/null || true; }
}

runs() { pid_of "$1" >/dev/null; }

# launch PART SETTINGS COMMAND…: starts it in a session of its own, with nothing in its environment but SETTINGS
# (a file of NAME=value lines, or - for none). The child writes its own record, so that no moment is without one.
launch() {
    local part=$1 record="$STATE/run/$1" log="$STATE/log/$1.log" tries=0
    shift
    [ "$(stat -c %s "$log" 2>/dev/null || echo 0)" -lt 50000000 ] || mv -f "$log" "$log.1"
    rm -f "$record"
    setsid "$ROOT/docker/local/launch" "$record" "$@" </dev/null >>"$log" 2>&1 9>&- &
    disown
    until [ -s "$record" ]; do
        tries=$((tries + 1))
        [ $tries -lt 100 ] || fail_part "$part" "did not start"
        sleep 0.05
    done
}

# fail_part PART WHAT: the end of its log, and where the rest is.
fail_part() {
    tail -n 12 "$STATE/log/$1.log" >&2 2>/dev/null || true
    die "$1 $2; the lines above are the end of $STATE/log/$1.log. Mend the cause and run the command again"
}

# wait_for PART SECONDS COMMAND…: until COMMAND succeeds; fails at once when the process of PART ends. What takes longer
# than ten seconds is said, for a service with the part that it misses.
wait_for() {
    local part=$1 end=$((SECONDS + $2)) asked=$2 word=$((SECONDS + 10)) why=''
    shift 2
    until "$@" >/dev/null 2>&1; do
        runs "$part" || fail_part "$part" "ended while starting"
        [ $SECONDS -lt $end ] || fail_part "$part" "was not ready after $asked s"
        if [ $SECONDS -ge $word ]; then
            word=$((SECONDS + 30))
            [ -z "${PORT[$part-admin]:-}" ] || why=": $(service_trouble "$part")"
            note "$part is not ready yet; waiting up to $((end - SECONDS)) s more$why"
        fi
        sleep 0.1
    done
}

# must_answer PART NAME COMMAND…: a process that runs already may stand still. It is given 30 s, and not killed unasked.
must_answer() {
    local part=$1 name=$2 end=$((SECONDS + 30)) said=''
    shift 2
    until "$@" >/dev/null 2>&1; do
        [ -n "$said" ] || note "$name runs (process $(pid_of "$part")) but does not answer: waiting up to 30 s"
        said=yes
        runs "$part" || die "$name has ended; run the command again"
        [ $SECONDS -lt $end ] ||
            die "$name runs but does not answer. ./paidan down ends it, by kill -9 if need be, and ./paidan up starts it again"
        sleep 0.5
    done
}

# stop_part PART SIGNAL SECONDS: asks, waits, and only then kills.
stop_part() {
    local part=$1 signal=$2 end=$((SECONDS + $3)) pid
    if pid=$(pid_of "$part"); then
        kill "-$signal" "$pid" 2>/dev/null || true
        while runs "$part"; do
            if [ $SECONDS -ge $end ]; then
                note "$part did not leave within $3 s: killed"
                kill -KILL "$pid" 2>/dev/null || true
                end=$((SECONDS + 10))
            fi
            sleep 0.1
        done
        note "$part stopped"
    fi
    bury "$part"
    rm -f "$STATE/run/$part" "$STATE/run/$part.stamp"
}

# http_status URL: the status code, 000 when nobody answers.
http_status() { curl -s -o /dev/null -m 3 -w '%{http_code}' "$1" || true; }
