public import Foundation
import HTTPTypes
public import Hummingbird
public import Logging
import NIOCore
import Synchronization

/// WeChat's official-account API on this machine: tokens with their expiry, template messages with de-duplication and field
/// checks, the documented codes. `GET /ledger` shows what was sent, `POST /script` orders trouble.
///
/// `/script` takes `{"next":[{"code":-1},{"slow":500},{"drop":true}],"expireTokens":true}`; each entry of `next` is used up
/// by one template message, in order.
public final class WeChatSimulator: Sendable {
    private let account: Mutex<SimulatedAccount>
    private let ledger: LedgerFile?

    /// - Parameters:
    ///   - tokenLifetime: of every token, in seconds; the platform's is 7200.
    ///   - ledger: a file that gets one JSON line for each message; nil for none.
    /// - Throws: when the file cannot be opened.
    public init(appID: String, secret: String, tokenLifetime: TimeInterval = 7200, ledger: URL? = nil) throws {
        account = Mutex(SimulatedAccount(appID: appID, secret: secret, tokenLifetime: tokenLifetime))
        self.ledger = try ledger.map(LedgerFile.init)
    }

    /// A message that reached its reader.
    public struct Sent: Sendable, Hashable {
        public let openid: String
        public let clientMessageID: String?
        public let data: [String: String]
    }

    public var sent: [Sent] {
        account.withLock {
            $0.messages.map { Sent(openid: $0.openid, clientMessageID: $0.clientMessageID, data: $0.data) }
        }
    }

    /// How many tokens were given out.
    public var tokensGiven: Int { account.withLock { $0.tokensGiven } }

    public func expireTokens() { account.withLock { $0.expireTokens() } }

    /// The next template messages get these instead of the documented answer: `errcode`s.
    public func answerNext(with codes: [Int]) { account.withLock { $0.ordered += codes.map { .code($0) } } }

    /// The next template message is sent, and its answer lost.
    public func dropNextAnswer() { account.withLock { $0.ordered.append(.drop) } }

    /// - Parameters:
    ///   - port: 0 for a free one.
    ///   - onStart: called with the port when it takes requests.
    public func application(
        port: Int, logger: Logger, onStart: @escaping @Sendable (Int) async -> Void
    ) -> some ApplicationProtocol {
        Application(
            router: router(), configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: port)),
            onServerRunning: { channel in await onStart(channel.localAddress?.port ?? port) }, logger: logger)
    }

    private func router() -> Router<BasicRequestContext> {
        let router = Router()
        router.post("/cgi-bin/stable_token", use: stableToken)
        router.get("/cgi-bin/token", use: plainToken)
        router.post("/cgi-bin/message/template/send", use: send)
        router.get("/ledger") { _, _ in try Self.json(self.account.withLock { $0.messages }) }
        router.post("/script", use: script)
        router.get("/health") { _, _ in Response(status: .ok) }
        return router
    }

    private struct TokenQuestion: Decodable {
        let grant_type, appid, secret: String?
        let force_refresh: Bool?
    }

    @Sendable private func stableToken(_ request: Request, context: BasicRequestContext) async throws -> Response {
        let bytes = try await request.body.collect(upTo: 1 << 16)
        // Anything that is no JSON gets the platform's word for it.
        guard let question = try? JSONDecoder().decode(TokenQuestion.self, from: Data(bytes.readableBytesView)),
            question.grant_type == "client_credential"
        else { return try Self.json(account.withLock { $0.answer(47001, "data format error") }) }
        return try Self.json(
            account.withLock {
                $0.stableToken(
                    appID: question.appid ?? "", secret: question.secret ?? "", force: question.force_refresh ?? false,
                    now: .now)
            })
    }

    @Sendable private func plainToken(_ request: Request, context: BasicRequestContext) async throws -> Response {
        let query = request.uri.queryParameters
        return try Self.json(
            account.withLock {
                $0.plainToken(
                    appID: query["appid"].map(String.init) ?? "", secret: query["secret"].map(String.init) ?? "",
                    now: .now)
            })
    }

    @Sendable private func send(_ request: Request, context: BasicRequestContext) async throws -> Response {
        let bytes = try await request.body.collect(upTo: 1 << 20)
        let token = request.uri.queryParameters["access_token"].map(String.init)
        let order = account.withLock { $0.ordered.isEmpty ? nil : $0.ordered.removeFirst() }
        if case .code(let code) = order { return try Self.json(account.withLock { $0.answer(code, "ordered") }) }
        if case .slow(let milliseconds) = order { try await Task.sleep(for: .milliseconds(milliseconds)) }
        // Anything that is no JSON gets the platform's word for it.
        guard let message = try? JSONDecoder().decode(TemplateRequest.self, from: Data(bytes.readableBytesView)) else {
            return try Self.json(account.withLock { $0.answer(47001, "data format error") })
        }
        let (answer, new) = account.withLock { account in
            let before = account.messages.count
            let answer = account.send(message, token: token, now: .now)
            return (answer, account.messages.count > before ? account.messages.last : nil)
        }
        if let new { try ledger?.append(new) }
        guard case .drop = order else { return try Self.json(answer) }
        // A head that promises bytes, and then the end of the line.
        return Response(
            status: .ok, headers: [.contentLength: "100"],
            body: ResponseBody(contentLength: 100) { writer in
                try await writer.write(ByteBuffer(string: "{"))
                throw Dropped()
            })
    }

    private struct Dropped: Error {}

    private struct Script: Decodable {
        struct Order: Decodable {
            let code: Int?
            let slow: Int?
            let drop: Bool?
        }
        let next: [Order]?
        let expireTokens: Bool?
    }

    @Sendable private func script(_ request: Request, context: BasicRequestContext) async throws -> Response {
        let bytes = try await request.body.collect(upTo: 1 << 16)
        let script = try JSONDecoder().decode(Script.self, from: Data(bytes.readableBytesView))
        account.withLock { account in
            for order in script.next ?? [] {
                if let code = order.code { account.ordered.append(.code(code)) }
                if let slow = order.slow { account.ordered.append(.slow(milliseconds: slow)) }
                if order.drop == true { account.ordered.append(.drop) }
            }
            if script.expireTokens == true { account.expireTokens() }
        }
        return Response(status: .noContent)
    }

    private struct Wire: Encodable {
        var errcode: Int?
        var errmsg: String?
        var msgid: Int64?
        var access_token: String?
        var expires_in: Int?
    }

    private static func json(_ answer: SimulatedAccount.TokenAnswer) throws -> Response {
        switch answer {
        case .token(let token, let seconds): try json(Wire(access_token: token, expires_in: seconds))
        case .refused(let answer): try json(answer)
        }
    }

    private static func json(_ answer: SimulatedAccount.Answer) throws -> Response {
        try json(Wire(errcode: answer.code, errmsg: answer.message, msgid: answer.messageID))
    }

    private static func json(_ body: some Encodable) throws -> Response {
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .iso8601
        return Response(
            status: .ok, headers: [.contentType: "application/json; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: try encoder.encode(body))))
    }
}
