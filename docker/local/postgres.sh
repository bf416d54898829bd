# shellcheck shell=bash
# A private PostgreSQL cluster: TCP on loopback with scram, no socket, data in <state>/postgres.

postgres_program() {
    local newest
    newest=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
    printf '%s/%s\n' "$newest" "$1"
}

# The server refuses to run as root.
as_postgres() {
    if as_root; then
        setpriv --reuid=postgres --regid=postgres --init-groups -- "$@"
    else
        "$@"
    fi
}

# Where the cluster lives: in the state directory, or, where the user postgres cannot come (below /root, say), under
# /var/lib/paidan with a link to it.
postgres_place() {
    local link="$STATE/postgres"
    if [ -L "$link" ] || [ -d "$link" ]; then
        readlink -f "$link"
    elif as_postgres test -x "$STATE" 2>/dev/null; then
        printf '%s\n' "$link"
    else
        printf '/var/lib/paidan/%s/postgres\n' "$KEY"
    fi
}

postgres_create() {
    local place=$1 password="$1.password" owner
    as_root && owner=postgres || owner=$(id -un)
    step "Creating a database cluster in $place"
    if [ "$place" != "$STATE/postgres" ]; then
        mkdir -p "${place%/*}"
        chmod 755 /var/lib/paidan "${place%/*}"
        if [ -e "$place" ]; then
            mv "$place" "$place.$(date +%s)"
            note "an earlier checkout left a cluster there: moved aside, in ${place%/*}"
        fi
    fi
    rm -rf "$place.new" "$password"
    install -d -m 700 -o "$owner" "$place.new"
    install -m 600 -o "$owner" /dev/null "$password"
    secret postgres >"$password"
    (cd / && as_postgres "$(postgres_program initdb)" -D "$place.new" --username=postgres --pwfile="$password" \
        --auth=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8 --data-checksums --no-instructions) \
        >"$STATE/log/initdb.log" 2>&1 ||
        { rm -f "$password"; cat "$STATE/log/initdb.log" >&2; die "initdb failed, its words are above; mend that and run the command again"; }
    rm -f "$password"
    mv "$place.new" "$place"
    [ "$place" = "$STATE/postgres" ] || ln -sfn "$place" "$STATE/postgres"
}

# A server that was killed can stay a zombie for a moment, and the next one would take it for alive.
wait_buried() {
    local pid='' tries=0
    { read -r pid <"$1/postmaster.pid"; } 2>/dev/null || return 0
    while [ -d "/proc/$pid" ] && ! birth "$pid" >/dev/null && [ $tries -lt 200 ]; do
        tries=$((tries + 1))
        sleep 0.1
    done
}

# postgres_start [SETTING…]: settings as name=value, on top of ours.
postgres_start() {
    ! runs postgres || { must_answer postgres "the database" postgres_answers; return; }
    local place setting options=()
    place=$(postgres_place)
    [ -s "$place/PG_VERSION" ] && [ -e "$STATE/postgres" ] || postgres_create "$place"
    wait_buried "$place"
    step "Starting PostgreSQL on port ${PORT[postgres]}"
    for setting in "port=${PORT[postgres]}" listen_addresses=127.0.0.1 unix_socket_directories= max_connections=300 \
        shared_buffers=256MB max_wal_size=2GB wal_compression=lz4 jit=off log_timezone=UTC timezone=UTC "$@"; do
        options+=(-c "$setting")
    done
    local command=("$(postgres_program postgres)" -D "$place" "${options[@]}")
    ! as_root || command=(setpriv --reuid=postgres --regid=postgres --init-groups -- "${command[@]}")
    # The server looks at its working directory, which user postgres might not see.
    (cd / && launch postgres - "${command[@]}")
    wait_for postgres 120 postgres_answers
}

# Its sessions lead process sessions of their own and end with it, but for those that stand still: while one is left, no
# server can start on its data.
postgres_stop() {
    local pid child born children seconds=60
    pid=$(pid_of postgres) || { stop_part postgres INT 60; return; }
    postgres_answers || seconds=10
    children=$(for child in $(ps -o pid= --ppid "$pid"); do echo "$child $(birth "$child")"; done)
    stop_part postgres INT $seconds
    while read -r child born; do
        [ -z "$born" ] || [ "$(birth "$child")" != "$born" ] || kill -KILL "$child" 2>/dev/null || true
    done <<<"$children"
}

postgres_answers() { "$(postgres_program pg_isready)" -q -t 3 -h 127.0.0.1 -p "${PORT[postgres]}"; }

# psql as the superuser. It waits 5 s for a connection, and for an answer as long as it takes, or PSQL_LIMIT seconds.
psql_private() {
    local limit=()
    [ -z "${PSQL_LIMIT:-}" ] || limit=(timeout -k 1 "$PSQL_LIMIT")
    PGPASSWORD=$(secret postgres) PGCONNECT_TIMEOUT=5 "${limit[@]}" "$(postgres_program psql)" -X -q -v ON_ERROR_STOP=1 -h 127.0.0.1 \
        -p "${PORT[postgres]}" -U postgres -d "${PGDATABASE:-postgres}" "$@"
}

SCHEMAS="intake dispatch notify followup report"

# The passwords of all roles as settings, as the tool and roles.sql read them.
database_passwords() {
    local schema name
    for schema in $SCHEMAS; do
        name=${schema^^}
        printf 'PAIDAN_%s_OWNER_PASSWORD=%s\n' "$name" "$(secret "database-${schema}-owner")"
        printf 'PAIDAN_%s_RUN_PASSWORD=%s\n' "$name" "$(secret "database-${schema}-run")"
    done
}

postgres_roles() {
    local pair
    (
        while read -r pair; do export "${pair?}"; done < <(database_passwords)
        psql_private -f "$ROOT/docker/postgres/roles.sql" >>"$STATE/log/roles.log" 2>&1
    ) || { tail -n 5 "$STATE/log/roles.log" >&2; die "the database roles could not be made; see $STATE/log/roles.log"; }
}
