import Foundation
public import Postgres

/// The database server that the tests use, from `PAIDAN_TEST_DATABASE_*`.
public enum TestServer {
    /// As the superuser.
    public static func settings(database: String, schema: String = "public") -> DatabaseSettings {
        let environment = ProcessInfo.processInfo.environment
        let port = environment["PAIDAN_TEST_DATABASE_PORT"].flatMap { Int($0) } ?? 5432
        return DatabaseSettings(
            hosts: [HostPort(host: environment["PAIDAN_TEST_DATABASE_HOST"] ?? "127.0.0.1", port: port)],
            database: database, user: environment["PAIDAN_TEST_DATABASE_USER"] ?? "postgres",
            password: environment["PAIDAN_TEST_DATABASE_PASSWORD"] ?? "", applicationName: "tests", schema: schema)
    }
}
