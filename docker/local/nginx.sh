# shellcheck shell=bash
# The front door, with every instance of each service behind it.

# upstream SERVICE: its instances as nginx names them.
upstream() {
    local instance
    for instance in $(instances_of "$1"); do
        printf 'server 127.0.0.1:%s; ' "${PORT[$instance]}"
    done
}

# Its workers, user nobody when root starts it, keep large requests in files: in the state directory, or, where they
# cannot come, under /var/lib/paidan.
nginx_files() {
    local dir="$STATE/nginx"
    if as_root && ! setpriv --reuid=nobody --regid=nogroup --clear-groups -- test -x "$STATE" 2>/dev/null; then
        dir="/var/lib/paidan/$KEY/nginx"
    fi
    mkdir -p "$dir"
    printf '%s\n' "$dir"
}

nginx_configure() {
    local dir="$STATE/nginx" files
    mkdir -p "$dir"
    files=$(nginx_files)
    # A copy, since nginx's workers might not see the checkout.
    rm -rf "$files/pages"
    cp -r "$ROOT/docker/nginx/pages" "$files/pages"
    render "$ROOT/docker/nginx/templates/paidan.conf.template" "PAIDAN_FRONT_LISTEN=127.0.0.1:${PORT[front]}" \
        "PAIDAN_FRONT_PAGES=$files/pages" PAIDAN_FORM_RATE=5r/s PAIDAN_FORM_BURST=100 PAIDAN_SIGNIN_RATE=1r/s \
        "PAIDAN_INTAKE_UPSTREAM=$(upstream intake)" "PAIDAN_DISPATCHER_UPSTREAM=$(upstream dispatcher)" \
        "PAIDAN_NOTIFIER_UPSTREAM=$(upstream notifier)" "PAIDAN_FOLLOWUP_UPSTREAM=$(upstream followup)" \
        "PAIDAN_REPORTING_UPSTREAM=$(upstream reporting)" | write "$dir/paidan.conf"
    render "$ROOT/docker/local/nginx.conf" "DIR=$dir" "FILES=$files" | write "$dir/nginx.conf"
    "$(nginx_program)" -e stderr -t -q -c "$dir/nginx.conf" 2>>"$STATE/log/nginx.log" ||
        { tail -n 3 "$STATE/log/nginx.log" >&2; die "nginx refuses its configuration $dir/nginx.conf; its words are above"; }
}

nginx_program() { command -v nginx || echo /usr/sbin/nginx; }

# Starts it, or lets a running one read its configuration again.
nginx_start() {
    nginx_configure
    if runs nginx; then
        kill -HUP "$(pid_of nginx)"
        return
    fi
    step "Starting the front door on port ${PORT[front]}"
    launch nginx - "$(nginx_program)" -e stderr -c "$STATE/nginx/nginx.conf"
    wait_for nginx 10 listens nginx "${PORT[front]}"
}
