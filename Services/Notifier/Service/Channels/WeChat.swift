import AsyncHTTPClient
import Foundation
import NIOCore
import NotifierDomain

/// Template messages of a WeChat official account (服务号).
///
/// `client_msg_id` is the delivery's id, so that the platform drops a repetition within some ten minutes.
struct WeChat: Channel {
    let provider = "wechat"
    let client: ProviderClient
    let settings: NotifierSettings.WeChat
    let tokens: WeChatTokens
    let timeout: Duration

    private struct Message: Encodable {
        struct Value: Encodable { let value: String }
        let touser: String
        let template_id: String
        let client_msg_id: String
        let data: [String: Value]
    }

    private struct Answer: Decodable {
        let errcode: Int?
        let errmsg: String?
        let msgid: Int64?
    }

    func send(_ outgoing: Outgoing) async -> Outcome {
        let clock = ContinuousClock()
        let deadline = clock.now + timeout
        do {
            let token = try await tokens.current()
            let outcome = await send(outgoing, token: token, within: deadline - clock.now)
            guard case .expiredToken = outcome else { return outcome.verdict }
            // Once: a second refusal is no matter of age.
            let renewed = try await tokens.renewed(after: token)
            return await send(outgoing, token: renewed, within: deadline - clock.now).verdict
        } catch let refusal as WeChatTokens.Refusal {
            return refusal.outcome
        } catch {
            return .transient("the token's row could not be read")
        }
    }

    private enum Sent {
        case outcome(Outcome)
        case expiredToken(Outcome)

        var verdict: Outcome {
            switch self {
            case .outcome(let outcome), .expiredToken(let outcome): outcome
            }
        }
    }

    private func send(_ outgoing: Outgoing, token: String, within timeout: Duration) async -> Sent {
        guard timeout > .zero else { return .outcome(.transient("no time was left after fetching a token")) }
        let message = Message(
            touser: outgoing.recipient.text,
            template_id: outgoing.subject.isEmpty ? settings.template : outgoing.subject,
            client_msg_id: outgoing.repetitionKey,
            data: Dictionary(
                WeChatWording.fields(of: outgoing.body).map { ($0.name, Message.Value(value: $0.value)) },
                uniquingKeysWith: { first, _ in first }))
        let url = "\(settings.url)/cgi-bin/message/template/send?access_token=\(token)"
        // Strings always encode; the compiler cannot know.
        guard let request = try? HTTPClientRequest.post(url, json: message) else {
            return .outcome(.rejectedMessage("the message could not be written as JSON"))
        }
        switch await client.http.answer(to: request, within: timeout, limit: 1 << 16) {
        case .notSent(let reason): return .outcome(.transient("WeChat could not be reached: \(reason)"))
        case .lost(let reason): return .outcome(.ambiguous("WeChat did not answer: \(reason)"))
        case .answered(let status, let bytes):
            guard status == 200,
                // A body that is not the documented JSON says nothing, whatever is wrong with it.
                let answer = try? JSONDecoder().decode(Answer.self, from: Data(bytes.readableBytesView))
            else {
                return .outcome(.ambiguous("WeChat answered \(status) without the documented JSON"))
            }
            let code = answer.errcode ?? 0
            let outcome = Outcome(
                weChatCode: code, message: answer.errmsg ?? "", messageID: answer.msgid.map(String.init))
            return Outcome.weChatTokenCodes.contains(code) ? .expiredToken(outcome) : .outcome(outcome)
        }
    }
}

/// The text of a WeChat template in our tables: one `field: value` a line.
enum WeChatWording {
    static func fields(of text: String) -> [WeChatField] {
        text.split(whereSeparator: \.isNewline).compactMap { line in
            guard let colon = line.firstIndex(of: ":") else { return nil }
            let value = line[line.index(after: colon)...].drop { $0 == " " }
            return WeChatField(name: String(line[..<colon]), value: String(value))
        }
    }
}
