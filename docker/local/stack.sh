# shellcheck shell=bash
# up, down, logs: the stack as a whole.

# Ports of the parts around the services, as keep_ports wants them: NAME:PART.
INFRASTRUCTURE_PORTS="postgres:postgres amqp:rabbitmq management:rabbitmq prometheus:rabbitmq distribution:rabbitmq
    epmd:epmd smtp:smtp kannel-admin:bearerbox kannel-box:bearerbox sms-centre:bearerbox sendsms:smsbox front:nginx"

up() {
    local infrastructure='' argument pairs record
    for argument; do
        case $argument in
        --infrastructure) infrastructure=yes ;;
        *) die "up does not know '$argument'; it takes --infrastructure (everything but our own programs) or nothing" ;;
        esac
    done
    check_system
    make_state
    lock_state
    check_disk 3
    # shellcheck disable=SC2086 # lists of words
    install_packages $STACK_PACKAGES $BUILD_PACKAGES
    [ -n "$infrastructure" ] || build_programs
    for record in "$STATE"/run/*; do bury "${record##*/}"; done
    mapfile -t pairs < <(service_ports)
    # shellcheck disable=SC2086
    keep_ports $INFRASTRUCTURE_PORTS wechat:wechat-simulator "${pairs[@]}"
    postgres_start
    postgres_roles
    rabbitmq_start
    operator_settings
    smtp_start
    kannel_start
    if [ -n "$infrastructure" ]; then
        nginx_start
        step "The parts around the services run; ./paidan status shows them"
        return
    fi
    wechat_start
    prepare
    services_start
    nginx_start
    welcome
}

# The programs in release, unless PAIDAN_BIN names a directory that has them.
build_programs() {
    [ -z "${PAIDAN_BIN:-}" ] || return 0
    build release
}

# Reverse of up. A part that is not ours, or no longer there, is not touched.
down() {
    [ $# -eq 0 ] || die "down takes no arguments; it stops everything that up started"
    [ -d "$STATE/run" ] || { note "nothing runs here"; return; }
    make_state
    read_ports
    lock_state
    step "Stopping"
    stop_part nginx QUIT 10
    services_stop
    stop_part wechat-simulator TERM 10
    kannel_stop
    stop_part smtp TERM 10
    rabbitmq_stop
    postgres_stop
}

logs() {
    local part files=()
    [ -d "$STATE/log" ] || die "there is no stack here yet; ./paidan up makes one"
    [ -x "$STATE/log" ] || die "this stack is another user's: run as the owner of $STATE, or as root"
    for part; do
        files+=("$STATE/log/$part.log")
        [ -e "${files[-1]}" ] || die "there is no log of '$part'; there are: $(cd "$STATE/log" && printf '%s ' *.log | sed 's/\.log//g')"
    done
    [ ${#files[@]} -gt 0 ] || files=("$STATE"/log/*.log)
    exec tail -n 20 -F "${files[@]}"
}
