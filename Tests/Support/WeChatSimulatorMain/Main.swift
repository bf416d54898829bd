import Foundation
import Hummingbird
import Logging
import WeChatSimulator

/// `wechat-simulator --port N --appid ID --secret WORD [--ledger FILE] [--token-lifetime SECONDS]`
@main struct Main {
    static func main() async {
        var options: [String: String] = [:]
        var rest = CommandLine.arguments.dropFirst()
        while let name = rest.popFirst() {
            guard name.hasPrefix("--"), let value = rest.popFirst() else { return complain("what is '\(name)'?") }
            options[String(name.dropFirst(2))] = value
        }
        let known: Set = ["port", "appid", "secret", "ledger", "token-lifetime"]
        if let unknown = options.keys.first(where: { !known.contains($0) }) {
            return complain("what is '--\(unknown)'?")
        }
        guard let appID = options["appid"], let secret = options["secret"],
            let port = options["port"].flatMap({ Int($0) }),
            let lifetime = TimeInterval(options["token-lifetime"] ?? "7200"), lifetime > 0
        else { return complain("--port, --appid and --secret are needed") }
        var logger = Logger(label: "wechat-simulator")
        logger.logLevel = .warning
        do {
            let simulator = try WeChatSimulator(
                appID: appID, secret: secret, tokenLifetime: lifetime,
                ledger: options["ledger"].map { URL(filePath: $0) })
            try await simulator.application(port: port, logger: logger) { port in
                FileHandle.standardOutput.write(Data("wechat-simulator listens on 127.0.0.1:\(port)\n".utf8))
            }.runService()
        } catch {
            complain("\(error)")
        }
    }

    private static func complain(_ text: String) {
        let usage = "wechat-simulator --port N --appid ID --secret WORD [--ledger FILE] [--token-lifetime SECONDS]"
        FileHandle.standardError.write(Data("wechat-simulator: \(text)\n\(usage)\n".utf8))
        exit(2)
    }
}
