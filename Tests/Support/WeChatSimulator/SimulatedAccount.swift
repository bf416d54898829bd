import Foundation

/// One official account, as the platform's documents describe it: tokens, template messages, their codes.
struct SimulatedAccount {
    struct Message: Codable, Sendable {
        let openid: String
        let template: String
        let clientMessageID: String?
        let messageID: Int64
        let data: [String: String]
        let at: Date
    }

    /// An answer that was ordered by `POST /script`, used up by the next template message.
    enum Ordered: Sendable {
        /// This `errcode`; nothing is sent.
        case code(Int)
        /// The documented answer, late.
        case slow(milliseconds: Int)
        /// The message is sent, and the line breaks instead of an answer.
        case drop
    }

    struct Answer: Sendable {
        var code: Int
        var message: String
        var messageID: Int64?
    }

    let appID: String
    let secret: String
    let tokenLifetime: TimeInterval
    private(set) var messages: [Message] = []
    private(set) var tokensGiven = 0
    var ordered: [Ordered] = []
    private var tokens: [String: Date] = [:]
    private var current: String?
    private var lastForced: Date?
    private var nextMessageID: Int64 = 200_163_836
    /// When an openid got a `client_msg_id`, and as which message.
    private var seen: [String: (at: Date, messageID: Int64)] = [:]

    init(appID: String, secret: String, tokenLifetime: TimeInterval) {
        self.appID = appID
        self.secret = secret
        self.tokenLifetime = tokenLifetime
    }

    enum TokenAnswer {
        case token(String, expiresIn: Int)
        case refused(Answer)
    }

    /// `stable_token`: the same token until five minutes (or half its life) before its end, then a new one beside it.
    mutating func stableToken(appID: String, secret: String, force: Bool, now: Date) -> TokenAnswer {
        if let refusal = refusal(appID: appID, secret: secret) { return .refused(refusal) }
        if let current, let end = tokens[current], !force, end.timeIntervalSince(now) > min(300, tokenLifetime / 2) {
            return .token(current, expiresIn: Int(end.timeIntervalSince(now)))
        }
        if force, let current {
            if let lastForced, now.timeIntervalSince(lastForced) < 30 {
                return .refused(answer(45011, "api minute-quota reach limit"))
            }
            lastForced = now
            tokens[current] = nil
        }
        return give(now: now)
    }

    /// `token`: a new one with each call; the old one lives on for five minutes at most.
    mutating func plainToken(appID: String, secret: String, now: Date) -> TokenAnswer {
        if let refusal = refusal(appID: appID, secret: secret) { return .refused(refusal) }
        if let current, let end = tokens[current] { tokens[current] = min(end, now + 300) }
        return give(now: now)
    }

    mutating func expireTokens() { tokens = [:] }

    private func refusal(appID: String, secret: String) -> Answer? {
        if appID != self.appID { return answer(40013, "invalid appid") }
        return secret == self.secret ? nil : answer(40125, "invalid appsecret")
    }

    private mutating func give(now: Date) -> TokenAnswer {
        tokensGiven += 1
        let token = "\(tokensGiven)_" + UUID().uuidString + UUID().uuidString
        tokens[token] = now + tokenLifetime
        current = token
        return .token(token, expiresIn: Int(tokenLifetime))
    }

    /// `message/template/send`. Openids that begin with `unknown` are invalid, with `gone` do not follow the account.
    mutating func send(_ request: TemplateRequest, token: String?, now: Date) -> Answer {
        guard let token, !token.isEmpty else { return answer(41001, "access_token missing") }
        guard let end = tokens[token] else {
            return answer(40001, "invalid credential, access_token is invalid or not latest")
        }
        guard end > now else { return answer(42001, "access_token expired") }
        guard let openid = request.touser, !openid.isEmpty, !openid.hasPrefix("unknown") else {
            return answer(40003, "invalid openid")
        }
        guard !openid.hasPrefix("gone") else { return answer(43004, "require subscribe") }
        guard let template = request.template_id, !template.isEmpty else { return answer(40037, "invalid template_id") }
        guard let data = request.data, !data.isEmpty else { return answer(47003, "argument invalid! data is empty") }
        for (field, value) in data.sorted(by: { $0.key < $1.key }) {
            guard FieldRule(field).allows(value.value ?? "") else {
                return answer(47003, "argument invalid! data.\(field).value invalid")
            }
        }
        let key = request.client_msg_id.map { "\(openid) \($0)" }
        // The platform sends the same id to the same person once within about ten minutes.
        if let key, let earlier = seen[key], now.timeIntervalSince(earlier.at) < 600 {
            return Answer(code: 0, message: "ok", messageID: earlier.messageID)
        }
        nextMessageID += 1
        if let key { seen[key] = (now, nextMessageID) }
        messages.append(
            Message(
                openid: openid, template: template, clientMessageID: request.client_msg_id, messageID: nextMessageID,
                data: data.compactMapValues(\.value), at: now))
        return Answer(code: 0, message: "ok", messageID: nextMessageID)
    }

    func answer(_ code: Int, _ message: String) -> Answer {
        Answer(code: code, message: message + " rid: " + UUID().uuidString.lowercased().prefix(22), messageID: nil)
    }
}

/// The body of `message/template/send`, as far as it is looked at.
struct TemplateRequest: Decodable, Sendable {
    struct Value: Decodable, Sendable { let value: String? }
    let touser: String?
    let template_id: String?
    let client_msg_id: String?
    let data: [String: Value]?
}

/// What the type in a field's name allows.
struct FieldRule {
    private let type: String

    init(_ field: String) { type = String(field.prefix { !$0.isNumber }) }

    func allows(_ value: String) -> Bool {
        guard !value.isEmpty else { return false }
        return switch type {
        case "thing": value.count <= 20
        case "number": value.count <= 32 && value.allSatisfy { $0.isNumber || $0 == "." }
        case "letter": value.count <= 32 && value.allSatisfy { $0.isASCII && $0.isLetter }
        case "character_string": value.count <= 32 && value.allSatisfy(\.isASCII)
        case "symbol": value.count <= 5
        case "phone_number": value.count <= 17
        case "car_number": value.count <= 8
        case "name": value.count <= (value.allSatisfy(\.isASCII) ? 20 : 10)
        case "phrase": value.count <= 5 && !value.contains(where: \.isASCII)
        case "time", "date": value.contains(where: \.isNumber)
        default: true
        }
    }
}
