# shellcheck shell=bash
# ./paidan lint: every checker runs, each says its word, any complaint makes the end non-zero.

SOURCES="Package.swift Shared Services Tests"
LINT_FAILED=''

# check NAME COMMAND…
check() {
    local name=$1 log="$STATE/log/lint.log"
    shift
    if (cd "$ROOT" && "$@") </dev/null >"$log" 2>&1; then
        printf '    %-34s ok\n' "$name"
    else
        printf '    %-34s COMPLAINS\n' "$name"
        sed -e 's/\x1b[^mK\\]*[mK\\]//g' -e 's/^/        /' "$log" | tail -n 40
        LINT_FAILED=yes
    fi
}

lint() {
    check_system
    make_state
    lock_state
    # shellcheck disable=SC2086 # a list of words
    install_packages $LINT_PACKAGES $BUILD_PACKAGES
    check_swift
    local venv="$STATE/venv/bin"
    python_tools lint "$STATE/venv"
    step "Checking"
    # shellcheck disable=SC2086
    check "swift format" swift format lint --strict --parallel --recursive $SOURCES
    check "imports are declared" declared_imports
    check "architecture tests" swift test --disable-xctest --filter ArchitectureTests
    # shellcheck disable=SC2046
    check "shellcheck" "$venv/shellcheck" -x paidan .ci/run docker/local/launch docker/make-env $(cd "$ROOT" && printf '%s ' docker/*/*.sh)
    check "yamllint" "$venv/yamllint" --strict -c docker/yamllint.yaml docker docs
    check "hadolint" "$venv/hadolint" docker/Dockerfile
    check "docker-compose config" compose_config
    check "compose schema" "$venv/check-jsonschema" --builtin-schema vendor.compose-spec docker/compose.yaml
    # shellcheck disable=SC2046
    check "squawk (migrations)" "$venv/squawk" --no-error-on-unmatched-pattern --config docker/squawk.toml \
        $(cd "$ROOT" && find Shared Services -path '*/Migrations/*.sql' -size +0 | sort)
    check "alert rules" promtool check rules docker/prometheus/alerts.yaml
    check "asyncapi" "$venv/python" -W ignore -c \
        'import sys, yaml, asyncapi3; asyncapi3.AsyncAPI3.model_validate(yaml.safe_load(open(sys.argv[1])))' docs/asyncapi.yaml
    # shellcheck disable=SC2046
    check "python" python3 -m py_compile docs/examples/adapter.py $(cd "$ROOT" && printf "%s " docker/local/*.py)
    [ -z "$LINT_FAILED" ] || die "lint has complaints, they are above; ./paidan format mends those of swift format"
}

# python_tools NAME VENV: tools that Debian lacks, by name and version from PyPI, in a place of their own.
python_tools() {
    local wanted="$ROOT/docker/local/$1-requirements.txt" venv=$2
    cmp -s "$wanted" "$venv/installed.txt" && return
    step "Installing the checkers from PyPI"
    { python3 -m venv "$venv" && "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$wanted"; } \
        >"$STATE/log/pip.log" 2>&1 ||
        { tail -n 5 "$STATE/log/pip.log" >&2; die "the checkers could not be installed from PyPI, pip's words are above; mend that and run the command again"; }
    cp "$wanted" "$venv/installed.txt"
}

compose_config() {
    docker/make-env | write "$STATE/env/compose.env"
    "$STATE/venv/bin/docker-compose" --env-file "$STATE/env/compose.env" -f docker/compose.yaml config --quiet
}

declared_imports() {
    swift build --build-tests --disable-xctest --explicit-target-dependency-import-check error 2>&1 |
        awk '/error:|without declaring it/ { print; bad = 1 } END { exit bad }'
}

format() {
    check_swift
    # shellcheck disable=SC2086
    (cd "$ROOT" && swift format format --in-place --parallel --recursive $SOURCES)
}
