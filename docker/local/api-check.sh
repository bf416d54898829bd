# shellcheck shell=bash
# ./paidan api-check: holds the dispatcher to its OpenAPI document, on a stack of its own. Schemathesis makes up requests,
# good and bad, in the name of an administrator and of an engineer: no answer may be a fault of ours (5xx), undocumented,
# of another shape than documented, or good for what the document forbids.

API_CHECKS=not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance
API_CHECKS+=,response_schema_conformance,negative_data_rejection,ignored_auth,unsupported_method
# These would sign the checker out in the middle; they are asked last, by themselves.
API_ENDS="endSessions signOut"

run_api_check() {
    local examples=25 seed='' login outcome=0 started=$SECONDS
    while [ $# -gt 0 ]; do
        case $1 in
        --examples | --seed)
            [[ ${2:-} =~ ^[1-9][0-9]{0,8}$ ]] || die "$1 needs a whole number above zero"
            case $1 in --examples) examples=$2 ;; --seed) seed=$2 ;; esac
            shift
            ;;
        *) die "api-check does not know '$1'; it takes --examples N (requests made up for each operation) and --seed N" ;;
        esac
        shift
    done
    [ -n "$seed" ] || seed=$((RANDOM * 32768 + RANDOM + 1))
    api_prepare
    for login in admin engineer; do
        step "Asking as $login, seed $seed"
        api_ask "$login" "$examples" "$seed" "${API_ENDS// /,}" '' || outcome=1
        api_ask "$login" 5 "$seed" '' "${API_ENDS// /,}" || outcome=1
    done
    api_log_is_clean || outcome=1
    stop_api_stack
    trap - EXIT
    step "Took $((SECONDS - started)) s"
    [ "$outcome" = 0 ] || die "the answers above do not keep to docs/api/dispatch.yaml; again with: ./paidan api-check --examples $examples --seed $seed"
    note "every answer keeps to docs/api/dispatch.yaml"
}

# A database, a broker, intake (for some work), and the dispatcher, whose addresses are asked without nginx before it, which
# would hold up so many requests.
api_prepare() {
    check_system
    make_state
    check_disk 3
    # shellcheck disable=SC2086 # lists of words
    (lock_state && install_packages $STACK_PACKAGES $BUILD_PACKAGES $LINT_PACKAGES)
    build_programs
    python_tools api "$STATE/venv-api"
    local pairs
    API_TOOL="$STATE/venv-api/bin/st"
    remove_dead_api_stacks
    STATE="$STATE/api-$$"
    KEY=$(printf '%s' "$STATE" | sha256sum | cut -c1-8)
    make_state
    trap stop_api_stack EXIT
    trap 'exit 130' INT TERM
    mapfile -t pairs < <(service_ports)
    # shellcheck disable=SC2086
    keep_ports $INFRASTRUCTURE_PORTS wechat:wechat-simulator "${pairs[@]}"
    postgres_start
    postgres_roles
    rabbitmq_start
    operator_settings
    { tool migrate && tool topology apply && tool demo fill; } >"$STATE/log/prepare.log" 2>&1 ||
        fail_part prepare "failed"
    signing_key
    API_URL="http://127.0.0.1:${PORT[dispatcher]}/api/dispatch/v1"
    local part
    for part in dispatcher intake; do service_start "$part"; done
    for part in dispatcher intake; do wait_for "$part" 120 service_ready "$part"; done
    API_PASSWORD=$(secret api-password)
    export API_URL API_PASSWORD SCHEMATHESIS_HOOKS="$ROOT/docker/local/api-check.py"
    for part in admin engineer; do api_account "$part"; done
    for part in 1 2 3 4 5 6; do api_ticket "$part"; done
}

api_post() {
    local method=$1 url=$2
    shift 2
    curl -sS -f -m 30 -X "$method" -H 'Content-Type: application/json' "$@" "$url"
}

# api_account LOGIN: with a password that stays.
api_account() {
    local token
    token=$(printf '{"login":"%s","password":"%s","cookies":false}' "$1" "$(tool staff password "$1" 2>/dev/null)" |
        api_post POST "$API_URL/sessions" --data-binary @- | sed 's/.*"token":"\([^"]*\)".*/\1/') ||
        fail_part dispatcher "does not sign $1 in"
    printf '{"new":"%s"}' "$API_PASSWORD" | api_post PUT "$API_URL/password" -H "Authorization: Bearer $token" \
        --data-binary @- || fail_part dispatcher "does not take a password of $1"
}

api_ticket() {
    api_post POST "http://127.0.0.1:${PORT[intake]}/api/intake/v1/tickets" -o /dev/null -H "Idempotency-Key: api-check-$1" \
        -d '{"subject":"No hot water","kind":"repair","customer":{"name":"Zhang","phone":"13800138000"}}' ||
        fail_part intake "takes no ticket"
}

# api_ask LOGIN EXAMPLES SEED WITHOUT ONLY: operations by name, comma-separated.
api_ask() {
    local chosen=() names name
    IFS=, read -ra names <<<"$4"
    for name in "${names[@]}"; do chosen+=(--exclude-operation-id "$name"); done
    IFS=, read -ra names <<<"$5"
    for name in "${names[@]}"; do chosen+=(--include-operation-id "$name"); done
    (cd "$STATE" && API_LOGIN=$1 "$API_TOOL" --config-file "$ROOT/docker/local/api-check.toml" run \
        "$ROOT/docs/api/dispatch.yaml" --url "$API_URL" --no-color --continue-on-failure --checks "$API_CHECKS" \
        --max-examples "$2" --seed "$3" --generation-database none --request-timeout 30 --warnings off "${chosen[@]}" </dev/null 2>&1) | cut -c1-400
}

# What the service itself calls an error has no place here, either.
api_log_is_clean() {
    ! grep -E ' (error|critical) ' "$STATE/log/dispatcher.log" | head -n 20 | grep . ||
        { note "the dispatcher's log holds errors, they are above"; return 1; }
}

stop_api_stack() {
    trap '' INT
    services_stop >/dev/null
    stop_test_stack
}

# A run that was killed leaves its servers: end and remove those whose script is gone.
remove_dead_api_stacks() {
    local current=$STATE other
    for other in "$current"/api-*; do
        [ -d "$other" ] && [ ! -d "/proc/${other##*-}" ] || continue
        STATE=$other
        stop_api_stack >/dev/null
    done
    STATE=$current
}
