import AMQP
import Foundation
import Postgres
import ServiceKit

/// Where the suite's databases and broker are, and the operator's keys to them.
struct OperatorSettings {
    let reader: SettingsReader

    init() {
        reader = SettingsReader(environment: ProcessInfo.processInfo.environment)
    }

    /// The database of one service. A service that lives on a server of its own has `PAIDAN_<SCHEMA>_DATABASE_HOSTS`.
    func database(of service: SuitePart, role: Role) throws -> DatabaseSettings {
        let prefix = service.schema
        let own = try reader.read(
            Setting<String?>.optional(
                "\(prefix).database_hosts", "Hosts of this service's database when it has its own."))
        let hosts = try own ?? reader.read(.string("database.hosts", default: "127.0.0.1:5432", "Database hosts."))
        let caFile = try reader.read(Setting<String?>.optional("database.ca_file", "Authorities for verify-full."))
        let tls = try reader.read(.string("database.tls", default: "disable", "disable, require or verify-full."))
        guard let mode = DatabaseSettings.TLS(rawValue: tls) else {
            throw Complaint("PAIDAN_DATABASE_TLS is '\(tls)'; it must be disable, require or verify-full.")
        }
        return DatabaseSettings(
            hosts: try hosts.split(separator: ",").map { try HostPort(text: String($0)) },
            database: try reader.read(.string("database.name", default: "paidan", "Name of the database.")),
            user: "\(prefix)_\(role.rawValue)",
            password: try reader.read(
                .string(
                    "\(prefix).\(role.rawValue)_password", default: nil, "Password of \(prefix)_\(role.rawValue).",
                    isSecret: true)),
            tls: mode, caFile: caFile, applicationName: "paidan tool", schema: prefix)
    }

    enum Role: String { case owner, run }

    func broker() throws -> BrokerSettings {
        let hosts = try reader.read(.string("broker.hosts", default: "127.0.0.1:5672", "Broker hosts."))
        let caFile = try reader.read(Setting<String?>.optional("broker.ca_file", "Authorities for TLS to the broker."))
        return BrokerSettings(
            hosts: try hosts.split(separator: ",").map {
                let place = try HostPort(text: String($0))
                return BrokerSettings.Host(host: place.host, port: place.port)
            },
            vhost: try reader.read(.string("broker.vhost", default: "paidan", "Virtual host.")),
            user: try reader.read(.string("broker.user", default: "operator", "Broker user.")),
            password: try reader.read(.string("broker.password", default: nil, "Broker password.", isSecret: true)),
            tls: caFile.map { BrokerSettings.TLS(caFile: $0) }, connectionName: "paidan tool")
    }

    func management() throws -> ManagementSettings {
        let broker = try broker()
        return ManagementSettings(
            url: try reader.read(
                .string("broker.management_url", default: "http://127.0.0.1:15672", "The broker's management API.")),
            vhost: broker.vhost, user: broker.user, password: broker.password)
    }
}

extension HostPort {
    /// `host:port`.
    init(text: String) throws {
        let place = text.trimmingCharacters(in: .whitespaces)
        guard let colon = place.lastIndex(of: ":"), let port = Int(place[place.index(after: colon)...]), port > 0,
            port < 65_536
        else { throw Complaint("'\(place)' is no address; write host:port.") }
        self.init(host: String(place[..<colon]), port: port)
    }
}
