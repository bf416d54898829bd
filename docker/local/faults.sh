# shellcheck shell=bash
# ./paidan faults: breaks a stack of its own under load, fault after fault, and lets the checker judge. The long form of
# what ./paidan test does: every kill point at every service that has it, with another seed each time.

# Which fault shows best that a guard is gone.
declare -A FAULT_WITHOUT=([inbox]="every event three times" [ack]="kill -9 of each service" [confirm]="answered no more")

run_faults() {
    local name='' seed='' minutes=0 guard='' end
    while [ $# -gt 0 ]; do
        case $1 in
        --seed | --minutes | --break)
            [ $# -gt 1 ] || die "$1 needs a value"
            case $1 in
            --seed) seed=$2 ;;
            --minutes) minutes=$2 ;;
            --break) guard=$2 ;;
            esac
            shift
            ;;
        --list)
            faults
            return 0
            ;;
        -*) die "faults does not know '$1'; it takes a part of a fault's name, --list, --seed N, --minutes M, --break inbox|ack|confirm" ;;
        *) name="${name:+$name }$1" ;;
        esac
        shift
    done
    [[ $seed =~ ^([1-9][0-9]{0,17})?$ ]] || die "--seed: '$seed' is no whole number above zero"
    [[ $minutes =~ ^[0-9]{1,5}$ ]] || die "--minutes: '$minutes' is no whole number of minutes"
    [ -z "$guard" ] || [ -n "${FAULT_WITHOUT[$guard]:-}" ] || die "--break: there is no guard '$guard'; guards: inbox ack confirm"
    [ -n "$name" ] || [ -z "$guard" ] || name=${FAULT_WITHOUT[$guard]}
    faults | grep -qF -- "$name" || die "no fault has '$name' in its name; the faults:
$(faults | sed 's/^/    /')"
    minutes=$((10#$minutes))
    faults_prepare
    end=$((SECONDS + minutes * 60))
    while :; do
        [ -n "$seed" ] || seed=$((RANDOM * 32768 + RANDOM + 1))
        faults_once "$name" "$seed" "$guard" "$minutes" || return $?
        [ $SECONDS -lt $end ] || break
        seed=
    done
}

# The names of all faults, as the tests have them.
# shellcheck disable=SC2016 # backquotes of Swift
faults() { sed -nE 's/.*@Test.*func `([^`]*)`.*/\1/p' "$ROOT"/Tests/Faults/*.swift | sort; }

faults_prepare() {
    check_system
    make_state
    check_disk 3
    # shellcheck disable=SC2086 # lists of words
    (lock_state && install_packages $STACK_PACKAGES $BUILD_PACKAGES)
    build debug --build-tests --disable-xctest
    remove_dead_fault_stacks
    trap remove_dead_fault_stacks EXIT
    trap 'exit 130' INT TERM
}

# faults_once NAME SEED GUARD MINUTES: one stack, one seed. Ends with 1 when a promise was violated, as it must be without a
# guard; with 2 when it came to no verdict, or did not see that the guard was gone.
faults_once() {
    local name=$1 seed=$2 guard=$3 minutes=$4 log="$STATE/log/faults.log" started=$SECONDS outcome=0 words
    step "Seed $seed${name:+: $name}${guard:+, without the guard $guard}"
    (
        export NO_COLOR=1 PAIDAN_TEST_SEED=$seed PAIDAN_TEST_FAULTS=long PAIDAN_TEST_BIN="$ROOT/.build/debug" PAIDAN_TEST_ROOT="$ROOT"
        [ -z "$guard" ] || export PAIDAN_BREAK=$guard
        # One that is about idleness takes its time within the test, instead of being repeated.
        [[ $name != *idle* ]] || export PAIDAN_TEST_MINUTES=$minutes
        cd "$ROOT" && timeout --foreground -k 30 $((60 + 2 * minutes))m swift test --skip-build --disable-xctest \
            --experimental-maximum-parallelization-width "$TEST_WIDTH" \
            --filter "FaultTests\..*${name//[^A-Za-z0-9 ]/.}" </dev/null 2>&1
    ) | tee "$log" | grep --line-buffered -E '^(faults: |[✔✘] (Test|Suite) )'
    outcome=${PIPESTATUS[0]}
    if [ "$outcome" = 0 ] && ! grep -qE 'Test run with [1-9][0-9]* test.* passed' "$log"; then outcome=1; fi
    if [ "$outcome" = 0 ] && [ -n "$guard" ]; then
        printf 'seed %s: no verdict: the checker saw nothing of it that the guard %s was gone\n' "$seed" "$guard"
        return 2
    fi
    if [ "$outcome" = 0 ]; then
        printf 'seed %s: every promise kept (%s s)\n' "$seed" $((SECONDS - started))
        return 0
    fi
    words=$(violations <"$log")
    if [ -n "$words" ]; then
        printf 'seed %s: violated: %s\n' "$seed" "$(head -n 3 <<<"$words" | paste -sd'|' | sed 's/|/ | /g')"
        note "again with: ./paidan faults ${name:+\"$name\" }--seed $seed${guard:+ --break $guard}; everything it said: $log"
        return 1
    fi
    printf 'seed %s: no verdict\n' "$seed"
    grep -E 'recorded an issue|[Ff]atal error|unexpected signal' "$log" | head -n 20 || tail -n 20 "$log"
    note "everything it said: $log"
    return 2
}

# violations: what the checker said, and every expectation of a test that was not met. What a test could not find out, because
# it broke off itself, is none.
violations() {
    sed -nE -e 's/^faults: violated: //p' -e '/recorded an issue at .*: (Expectation failed|Issue recorded)/p' \
        -e '/^↳ [a-z].*: /s/^↳ //p'
}

# The stack of a run that was ended from outside still runs: its directory bears the number of the process that is gone.
remove_dead_fault_stacks() {
    local place server
    for place in /var/tmp/paidan-faults-* /var/tmp/paidan-network-*; do
        [ -d "$place" ] && [ ! -d "/proc/${place##*-}" ] || continue
        # A frozen database would stay so: its processes lead sessions of their own.
        if server=$(STATE=$place pid_of postgres); then
            pkill -CONT -P "$server" || true
            kill -CONT "$server" 2>/dev/null || true
        fi
        PAIDAN_STATE=$place PAIDAN_BIN="$ROOT/.build/debug" "$ROOT/paidan" down >/dev/null || true
        rm -rf "$place"
    done
}
