import Foundation
import StackSupport

/// What customers really got, from the ledgers of the three providers, each in the order of arrival.
struct Sinks {
    struct Copy: Hashable {
        let ticket: String
        let channel: String
        /// 0 created, 1 accepted, 2 done: the order in which a customer must hear them.
        let occasion: Int
    }

    private(set) var copies: [Copy] = []
    /// Of no delivery that we know.
    private(set) var strangers: [String] = []

    /// - Parameter deliveries: ticket number, channel and occasion by the delivery's id without dashes.
    init(_ stack: Stack, deliveries: [String: Copy]) async throws {
        for mail in try await stack.mails() {
            let id = String(mail.id.trimmingPrefix("<").prefix { $0 != "@" }.replacing("-", with: ""))
            add(deliveries[id], "mail \(id)")
        }
        for line in try stack.log("wechat").split(separator: "\n") where line.hasPrefix("{") {
            let entry = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            let id = entry?["clientMessageID"] as? String ?? ""
            add(deliveries[id], "wechat \(id)")
        }
        // An SMS has no id; its words say which it is.
        for line in try stack.log("sms").split(separator: "\n") where line.hasPrefix("{") {
            let entry = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            let text = entry?["text"] as? String ?? ""
            guard let number = text.firstMatch(of: /T\d{7,}/).map({ String($0.output) }) else {
                strangers.append("sms \(text)")
                continue
            }
            let occasion = text.contains("已处理完成") ? 2 : text.contains("已由") ? 1 : 0
            add(Copy(ticket: number, channel: "sms", occasion: occasion), "sms \(number)")
        }
    }

    private mutating func add(_ copy: Copy?, _ name: String) {
        if let copy { copies.append(copy) } else { strangers.append(name) }
    }

    /// How often each message arrived.
    var counts: [Copy: Int] { Dictionary(copies.map { ($0, 1) }, uniquingKeysWith: +) }

    /// Tickets whose customer heard a later step before an earlier one.
    var outOfOrder: [String] {
        var highest: [String: Int] = [:]
        var seen = Set<Copy>()
        var found: [String] = []
        for copy in copies where seen.insert(copy).inserted {
            let lane = "\(copy.ticket) \(copy.channel)"
            if copy.occasion < highest[lane, default: 0] { found.append(lane) }
            highest[lane] = max(highest[lane, default: 0], copy.occasion)
        }
        return found
    }
}
