# shellcheck shell=bash
# Kannel as the SMS gateway: bearerbox, smsbox, and a simulated SMS centre that writes down what it is given.

kannel_configure() {
    local dir="$STATE/kannel"
    mkdir -p "$dir/store"
    chmod 700 "$dir"
    render "$ROOT/docker/local/kannel.conf" "ADMIN_PORT=${PORT[kannel-admin]}" "BOX_PORT=${PORT[kannel-box]}" \
        "CENTRE_PORT=${PORT[sms-centre]}" "SENDSMS_PORT=${PORT[sendsms]}" "STORE=$dir/store" \
        "ADMIN_PASSWORD=$(secret kannel-admin)" "SENDSMS_PASSWORD=$(secret kannel-sendsms)" | write "$dir/kannel.conf"
}

kannel_start() {
    runs bearerbox && runs smsbox && runs sms-centre && return
    step "Starting Kannel, sendsms on port ${PORT[sendsms]}"
    kannel_configure
    if ! runs bearerbox; then
        kannel_stop
        launch bearerbox - /usr/sbin/bearerbox -v 3 "$STATE/kannel/kannel.conf"
        wait_for bearerbox 20 listens bearerbox "${PORT[kannel-box]}"
    fi
    if ! runs smsbox; then
        launch smsbox - /usr/sbin/smsbox -v 3 "$STATE/kannel/kannel.conf"
        wait_for smsbox 20 listens smsbox "${PORT[sendsms]}"
    fi
    if ! runs sms-centre; then
        launch sms-centre - /usr/bin/python3 "$ROOT/docker/local/sms-centre.py" "${PORT[sms-centre]}" "$STATE/log/sms.log"
        wait_for sms-centre 20 kannel_online
    fi
}

kannel_online() {
    printf 'url = "http://127.0.0.1:%s/status.txt?password=%s"\n' "${PORT[kannel-admin]}" "$(secret kannel-admin)" |
        curl -sf -m 3 -K - | grep -q 'FAKE.*(online'
}

kannel_stop() {
    stop_part sms-centre TERM 5
    stop_part smsbox TERM 10
    stop_part bearerbox TERM 20
}
