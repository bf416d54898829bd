# shellcheck shell=bash
# ./paidan test: builds, starts a PostgreSQL and a RabbitMQ for the tests alone, runs every test, stops both.

# Swift Testing starts all tests of a run at once if it may; on a slow machine they then wait for each other beyond
# their limits.
TEST_WIDTH=6

# The targets that work on servers or take all the processor, each run on its own; whole stacks last.
HEAVY_TESTS="SimulationTests PostgresTests AMQPTests MessagingTests ServiceKitTests IntakeServiceTests DispatcherServiceTests
    FollowUpServiceTests ReportingServiceTests NotifierServiceTests SystemTests FaultTests"

run_tests() {
    local outcome=0 log started=$SECONDS passed failed heavy skipped=()
    check_system
    make_state
    check_disk 3
    # shellcheck disable=SC2086 # lists of words
    (lock_state && install_packages $STACK_PACKAGES $BUILD_PACKAGES)
    build debug --build-tests --disable-xctest
    STATE="$STATE/test-$$"
    KEY=$(printf '%s' "$STATE" | sha256sum | cut -c1-8)
    make_state
    log="$STATE/log/tests.log"
    trap stop_test_stack EXIT
    trap 'exit 130' INT TERM
    start_test_stack
    step "Testing"
    if [ $# -gt 0 ]; then
        test_part "$@" || outcome=$?
    else
        # On two cores the heavy ones would starve each other and the light ones.
        for heavy in $HEAVY_TESTS; do skipped+=(--skip "$heavy"); done
        test_part "${skipped[@]}" || outcome=$?
        for heavy in $HEAVY_TESTS; do test_part --filter "$heavy" || outcome=$?; done
    fi
    passed=$(ended passed <"$log" | wc -l)
    failed=$(ended failed <"$log" | wc -l)
    if [ "$outcome" -ne 0 ] && [ "$failed" = 0 ]; then
        failed=1
        note "the test run itself ended with $outcome"
    fi
    if [ "$failed" -ne 0 ]; then
        step "Failed"
        ended failed <"$log"
        grep -E 'recorded an issue|[Ff]atal error|unexpected signal' "$log" | head -n 60 || true
        cp "$log" "${STATE%/*}/log/tests.log"
        note "everything they said: ${STATE%/*}/log/tests.log"
        [ "$outcome" -ne 0 ] || outcome=1
    fi
    step "Took $((SECONDS - started)) s"
    stop_test_stack
    trap - EXIT
    printf '%s passed, %s failed\n' "$passed" "$failed"
    return "$outcome"
}

# A test that hangs ends the part that it is in.
test_part() {
    (cd "$ROOT" && timeout --foreground -k 30 25m swift test --skip-build --disable-xctest \
        --experimental-maximum-parallelization-width "$TEST_WIDTH" "$@" </dev/null 2>&1) | tee -a "$log"
}

# ended passed|failed: the lines of Swift Testing that say so of a test (not of a suite, a case or the run).
ended() { { grep -E "^(✔|✘) Test .* $1 after [0-9.]+ seconds" || true; } | { grep -vE '^. Test (run with|case passing) ' || true; }; }

# Data of tests need not survive: no fsync. Dead letters refused once are offered again after a second.
start_test_stack() {
    remove_dead_test_stacks
    keep_ports postgres:postgres amqp:rabbitmq management:rabbitmq prometheus:rabbitmq distribution:rabbitmq epmd:epmd
    postgres_start fsync=off synchronous_commit=off full_page_writes=off max_connections=500
    rabbitmq_start
    export PAIDAN_TEST_DATABASE_HOST=127.0.0.1 PAIDAN_TEST_DATABASE_PORT="${PORT[postgres]}"
    export PAIDAN_TEST_DATABASE_USER=postgres PAIDAN_TEST_BROKER_HOST=127.0.0.1
    export PAIDAN_TEST_BROKER_PORT="${PORT[amqp]}" PAIDAN_TEST_BROKER_MANAGEMENT_PORT="${PORT[management]}"
    export PAIDAN_TEST_BROKER_USER=operator PAIDAN_TEST_BIN="$ROOT/.build/debug" PAIDAN_TEST_ROOT="$ROOT"
    PAIDAN_TEST_DATABASE_PASSWORD=$(secret postgres)
    PAIDAN_TEST_BROKER_PASSWORD=$(secret broker-operator)
    export PAIDAN_TEST_DATABASE_PASSWORD PAIDAN_TEST_BROKER_PASSWORD
}

stop_test_stack() {
    trap '' INT
    step "Stopping the test stack"
    # Nothing in it is kept, so nothing needs to be closed gently.
    stop_part rabbitmq KILL 5
    stop_part epmd KILL 5
    stop_part postgres QUIT 10
    remove_test_state "$STATE"
}

remove_test_state() {
    local place
    place=$(readlink -f "$1/postgres" 2>/dev/null) || place=
    case $place in /var/lib/paidan/*/postgres) rm -rf "${place%/*}" ;; esac
    rm -rf "$1"
}

# A test run that was killed leaves its servers and directory: end and remove those whose script is gone.
remove_dead_test_stacks() {
    local current=$STATE other
    for other in "${STATE%/*}"/test-*; do
        [ -d "$other" ] && [ "$other" != "$current" ] || continue
        [ ! -d "/proc/${other##*-}" ] || continue
        STATE=$other
        stop_test_stack >/dev/null
    done
    STATE=$current
}
