# shellcheck shell=bash
# A real SMTP server (aiosmtpd) that keeps every mail it accepts in the Maildir <state>/mail.

smtp_start() {
    runs smtp && return
    step "Starting the mail server on port ${PORT[smtp]}"
    launch smtp - /usr/bin/python3 -m aiosmtpd -n -l "127.0.0.1:${PORT[smtp]}" -s 26214400 \
        -c aiosmtpd.handlers.Mailbox "$STATE/mail/inbox"
    wait_for smtp 20 listens smtp "${PORT[smtp]}"
}
