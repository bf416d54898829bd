# shellcheck shell=bash
# A private RabbitMQ node: its own epmd, cookie, home and data; everything on loopback.

# The wrapper in /usr/sbin changes to user rabbitmq and its home; the scripts behind it do not.
RABBITMQ_PROGRAMS=/usr/lib/rabbitmq/bin

# Passwords of the broker's users as settings, as definitions.sh reads them.
broker_passwords() {
    local user
    for user in operator intake dispatcher notifier followup reporting; do
        printf 'PAIDAN_BROKER_%s_PASSWORD=%s\n' "${user^^}" "$(secret "broker-$user")"
    done
}

# It shares the machine with all the others: with schedulers for half of its processors (+SP) it wakes fewer of them for
# each message, a fifth of its processor time on two.
rabbitmq_configure() {
    local dir="$STATE/rabbitmq" pair
    mkdir -p "$dir/home"
    chmod 700 "$dir"
    [ -s "$dir/home/.erlang.cookie" ] || secret erlang-cookie | write "$dir/home/.erlang.cookie" 400
    cp "$ROOT/docker/rabbitmq/enabled_plugins" "$ROOT/docker/rabbitmq/advanced.config" "$dir/"
    (
        while read -r pair; do export "${pair?}"; done < <(broker_passwords)
        bash "$ROOT/docker/rabbitmq/definitions.sh"
    ) | write "$dir/definitions.json"
    {
        cat "$ROOT/docker/rabbitmq/rabbitmq.conf"
        cat <<LISTENERS
listeners.tcp.1 = 127.0.0.1:${PORT[amqp]}
management.tcp.ip = 127.0.0.1
management.tcp.port = ${PORT[management]}
prometheus.tcp.ip = 127.0.0.1
prometheus.tcp.port = ${PORT[prometheus]}
load_definitions = $dir/definitions.json
LISTENERS
    } | write "$dir/rabbitmq.conf"
    : | write "$dir/rabbitmq-env.conf"
    write "$dir/environment" <<SETTINGS
HOME=$dir/home
ERL_EPMD_ADDRESS=127.0.0.1
ERL_EPMD_PORT=${PORT[epmd]}
RABBITMQ_NODENAME=paidan@localhost
RABBITMQ_DIST_PORT=${PORT[distribution]}
RABBITMQ_CONF_ENV_FILE=$dir/rabbitmq-env.conf
RABBITMQ_CONFIG_FILE=$dir/rabbitmq.conf
RABBITMQ_ADVANCED_CONFIG_FILE=$dir/advanced.config
RABBITMQ_ENABLED_PLUGINS_FILE=$dir/enabled_plugins
RABBITMQ_MNESIA_BASE=$dir/data
RABBITMQ_LOG_BASE=$dir/log
RABBITMQ_LOGS=-
RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS=-kernel inet_dist_use_interface {127,0,0,1} +SP 50:50
RUNNING_UNDER_SYSTEMD=1
SETTINGS
}

rabbitmq_start() {
    if runs rabbitmq && runs epmd; then
        must_answer rabbitmq "the broker" broker_get overview
        return
    fi
    stop_part rabbitmq TERM 30 # a node without its epmd cannot be reached by rabbitmqctl
    step "Starting RabbitMQ on port ${PORT[amqp]}"
    rabbitmq_configure
    if ! runs epmd; then
        launch epmd "$STATE/rabbitmq/environment" "$(command -v epmd)" -address 127.0.0.1 -port "${PORT[epmd]}"
        wait_for epmd 10 listens epmd "${PORT[epmd]}"
    fi
    launch rabbitmq "$STATE/rabbitmq/environment" "$RABBITMQ_PROGRAMS/rabbitmq-server"
    # The management listener comes last, after users and definitions.
    wait_for rabbitmq 120 listens rabbitmq "${PORT[amqp]}"
    wait_for rabbitmq 60 broker_get overview
}

# broker_get PATH: the management interface; the password goes by standard input, not by the command line.
broker_get() {
    printf 'user = "operator:%s"\n' "$(secret broker-operator)" |
        curl -sf -m 5 -K - "http://127.0.0.1:${PORT[management]}/api/$1"
}

rabbitmq_stop() {
    stop_part rabbitmq TERM 40
    stop_part epmd TERM 5
}
