#pragma once
#include <libpq-fe.h>
// Swift's Glibc module leaves these two out.
#include <sys/epoll.h>
#include <sys/eventfd.h>

// The field codes are character macros, which Swift does not import.
static const int paidan_pg_sqlstate = PG_DIAG_SQLSTATE;
static const int paidan_pg_message = PG_DIAG_MESSAGE_PRIMARY;
static const int paidan_pg_constraint = PG_DIAG_CONSTRAINT_NAME;
static const int paidan_pg_table = PG_DIAG_TABLE_NAME;

// libpq is linked against OpenSSL in Debian; weak, so that a libpq without it links too.
extern int SSL_pending(const void *ssl) __attribute__((weak));

// Bytes that TLS has decrypted but libpq has not read: the descriptor stays quiet about them.
static inline int paidan_pg_tls_pending(PGconn *connection) {
    void *ssl = PQsslStruct(connection, "OpenSSL");
    return (ssl && SSL_pending) ? SSL_pending(ssl) : 0;
}

static void paidan_pg_ignore_notice(void *context, const PGresult *result) { (void)context; (void)result; }

// Without a receiver libpq prints notices to stderr.
static inline void paidan_pg_silence_notices(PGconn *connection) {
    PQsetNoticeReceiver(connection, paidan_pg_ignore_notice, 0);
}
