import Foundation
import Testing

@testable import ServiceKit

@Suite struct `Settings` {
    private let port = Setting.int("http.port", default: 8101, in: 1...65_535, "Port.")
    private let password = Setting.string("database.password", default: nil, "Password.", isSecret: true)
    private let pause = Setting<Duration>.duration(
        "retry.pause", default: "5s", in: .milliseconds(100)...(.seconds(60)), "Pause.")
    private let roles = Setting<[String]>.list("roles", default: "sms,mail", of: ["sms", "mail", "wechat"], "Roles.")
    private let secure = Setting<Bool>.bool("cookie.secure", default: true, "Secure.")
    private let url = Setting<String?>.optional("otlp.endpoint", "Collector.")

    private func fault<Value>(_ setting: Setting<Value>, _ environment: [String: String]) -> String {
        do {
            let value = try SettingsReader(environment: environment).read(setting)
            return "read as \(value)"
        } catch {
            return String(describing: error)
        }
    }

    @Test func `have their default when nothing or an empty text is set`() throws {
        for environment in [[:], ["PAIDAN_HTTP_PORT": "", "PAIDAN_ROLES": ""]] {
            let reader = SettingsReader(environment: environment)
            #expect(try reader.read(port) == 8101)
            #expect(try reader.read(pause) == .seconds(5))
            #expect(try reader.read(roles) == ["sms", "mail"])
            #expect(try reader.read(secure))
            #expect(try reader.read(url) == nil)
        }
    }

    @Test func `are read from the environment`() throws {
        let reader = SettingsReader(environment: [
            "PAIDAN_HTTP_PORT": "80", "PAIDAN_RETRY_PAUSE": "250ms", "PAIDAN_ROLES": "wechat, sms",
            "PAIDAN_COOKIE_SECURE": "FALSE", "PAIDAN_OTLP_ENDPOINT": "http://127.0.0.1:4318", "HTTP_PORT": "81",
        ])
        #expect(try reader.read(port) == 80)
        #expect(try reader.read(pause) == .milliseconds(250))
        #expect(try reader.read(roles) == ["wechat", "sms"])
        #expect(try !reader.read(secure))
        #expect(try reader.read(url) == "http://127.0.0.1:4318")
    }

    @Test(arguments: [["--http.port", "99"], ["--http-port=99"], ["--http_port", "99", "--cookie.secure"]])
    func `are read from the command line before the environment`(arguments: [String]) throws {
        let reader = SettingsReader(environment: ["PAIDAN_HTTP_PORT": "80"], arguments: arguments)
        #expect(try reader.read(port) == 99)
        try reader.verify([port, secure])
    }

    @Test func `name key, variable, value and what would be right when malformed`() {
        let text = fault(port, ["PAIDAN_HTTP_PORT": "80a"])
        #expect(text == "PAIDAN_HTTP_PORT (http.port) is '80a'; it must be a whole number from 1 to 65535.")
        #expect(fault(port, ["PAIDAN_HTTP_PORT": "70000"]).contains("from 1 to 65535"))
        #expect(fault(pause, ["PAIDAN_RETRY_PAUSE": "5"]).contains("a time from 100ms to 1m"))
        #expect(fault(pause, ["PAIDAN_RETRY_PAUSE": "2m"]).contains("must be"))
        #expect(fault(roles, ["PAIDAN_ROLES": "sms,fax"]).contains("list of sms, mail, wechat"))
        #expect(fault(roles, ["PAIDAN_ROLES": "sms,,mail"]).contains("must be"))
        #expect(fault(secure, ["PAIDAN_COOKIE_SECURE": "yes"]).contains("true or false"))
    }

    @Test(arguments: ["1.5s", "-1s", "s", "", "9999999999s", "5 s", "5S", "٥s"])
    func `take no time that is not plainly one`(text: String) {
        #expect(Duration(settingText: text) == nil)
    }

    @Test func `show no secret, neither in a fault nor in the listing`() throws {
        let short = Setting<String>(
            "token.key", "Key.", defaultText: nil, isSecret: true, expectation: "64 letters",
            parse: { $0.count == 64 ? $0 : nil })
        let environment = [
            "PAIDAN_TOKEN_KEY": "hunter2", "PAIDAN_DATABASE_PASSWORD": "hunter2", "PAIDAN_HTTP_PORT": "80",
        ]
        #expect(fault(short, environment) == "PAIDAN_TOKEN_KEY (token.key) is malformed; it must be 64 letters.")
        let listing = try SettingsReader(environment: environment).listing([port, password, short, pause])
        #expect(!listing.contains("hunter2"))
        #expect(listing.contains("http.port = 80    # PAIDAN_HTTP_PORT\n"))
        #expect(listing.contains("retry.pause = 5s    # default\n"))
    }

    @Test func `are read from the file that _FILE names, without the last newline`() throws {
        let file = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try Data("s3cret word\n".utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let reader = SettingsReader(environment: ["PAIDAN_DATABASE_PASSWORD_FILE": file.path])
        #expect(try reader.read(password) == "s3cret word")
        #expect(reader.warnings([password]).isEmpty)
        let both = fault(password, ["PAIDAN_DATABASE_PASSWORD_FILE": file.path, "PAIDAN_DATABASE_PASSWORD": "x"])
        #expect(both.contains("both set"))
        #expect(
            fault(password, ["PAIDAN_DATABASE_PASSWORD_FILE": "/nowhere"]).contains("'/nowhere', which cannot be read"))
    }

    @Test func `report all mistakes at once`() {
        let reader = SettingsReader(
            environment: ["PAIDAN_HTTP_PORT": "x", "PAIDAN_ROLES": "fax"], arguments: ["stray", "--htpp.port", "1"])
        let error = #expect(throws: SettingsFault.self) { try reader.verify([port, roles, password]) }
        let text = error?.description ?? ""
        #expect(error?.faults.count == 5)
        #expect(text.contains("'stray'"))
        #expect(text.contains("--htpp-port is no setting of this service; did you mean http.port?"))
        #expect(text.contains("PAIDAN_DATABASE_PASSWORD (database.password) is not set"))
    }

    @Test func `warn about variables that nobody reads, with the name that was meant`() {
        let reader = SettingsReader(environment: [
            "PAIDAN_HTP_PORT": "1", "PAIDAN_TEST_BROKER_HOST": "x", "PAIDAN_ONLY": "x", "PAIDAN_HTTP_PORT": "2",
            "HOME": "/",
            "PAIDAN_COMPLETELY_DIFFERENT": "3",
        ])
        #expect(
            reader.warnings([port]) == [
                "PAIDAN_COMPLETELY_DIFFERENT is no setting of this service.",
                "PAIDAN_HTP_PORT is no setting of this service; did you mean PAIDAN_HTTP_PORT?",
            ])
    }

    @Test func `of every service have different ports and their own users`() {
        let all = CommonSettings.order.map { CommonSettings(service: $0, schema: CommonSettings.schemas[$0] ?? "") }
        #expect(all.map(\.httpPort.defaultText) == ["8101", "8102", "8103", "8104", "8105"])
        #expect(all.map(\.adminPort.defaultText) == ["9101", "9102", "9103", "9104", "9105"])
        #expect(all[1].databaseUser.defaultText == "dispatch_run")
        #expect(all[1].brokerUser.defaultText == "dispatcher")
        for common in all { #expect(Set(common.all.map(\.key)).count == common.all.count) }
    }

    @Test(arguments: [
        ("a:1,b:2", ["a 1", "b 2"]), ("a", ["a 5432"]), ("[::1]:7,[fe80::1]", ["::1 7", "fe80::1 5432"]),
    ])
    func `list hosts with their ports`(text: String, expected: [String]) throws {
        let hosts = Setting<[String]>.list("database.hosts", default: "x", of: nil, "Hosts.")
        let reader = SettingsReader(environment: ["PAIDAN_DATABASE_HOSTS": text])
        #expect(try reader.hosts(hosts, defaultPort: 5432).map { "\($0.host) \($0.port)" } == expected)
    }

    @Test(arguments: ["a:b", "a:0", "a:70000", "::1", ":5", "[::1", "[::1]x"])
    func `refuse what is no host`(text: String) {
        let hosts = Setting<[String]>.list("database.hosts", default: "x", of: nil, "Hosts.")
        let reader = SettingsReader(environment: ["PAIDAN_DATABASE_HOSTS": text])
        #expect(throws: SettingsFault.self) { try reader.hosts(hosts, defaultPort: 5432) }
    }

    @Test func `are described in one table for all and one for each service`() {
        let text = SettingsDocument.markdown(services: [("intake", [roles]), ("dispatcher", [])])
        #expect(text.contains("| `http.port` | `PAIDAN_HTTP_PORT` | `8101` (intake), `8102` (dispatcher) |"))
        #expect(text.contains("## intake\n\n| key |"))
        #expect(text.contains("| `roles` | `PAIDAN_ROLES` | `sms,mail` |"))
        #expect(text.contains("## dispatcher\n\nNone beyond those of every service.\n"))
        #expect(text.contains("Password there. Secret."))
    }
}
