import AsyncHTTPClient
import Foundation
import NIOCore
import NotifierDomain
import Synchronization

/// The account's access token, fetched once for all workers of all processes.
///
/// It is kept in memory until five minutes before its end, then in the account's row, then fetched by whoever holds the
/// row's lock. When the platform refuses a token, it is replaced only if it is still the one in the row: without that
/// comparison, workers would invalidate each other's.
final class WeChatTokens: Sendable {
    /// No token is to be had; `outcome` says what that means for the delivery. Nothing was sent.
    struct Refusal: Error {
        let outcome: Outcome
    }

    private struct Kept {
        let token: String
        let goodUntil: ContinuousClock.Instant
    }

    private let client: ProviderClient
    private let settings: NotifierSettings.WeChat
    private let store: ProviderAccountStore
    private let kept = Mutex<Kept?>(nil)
    /// One fetch at a time in this process; whoever comes meanwhile gets the same answer.
    private let fetches: GroupedCalls<String?, String>

    init(client: ProviderClient, settings: NotifierSettings.WeChat, store: ProviderAccountStore, timeout: Duration) {
        self.client = client
        self.settings = settings
        self.store = store
        let fetch = Fetch(client: client, settings: settings, store: store, timeout: timeout)
        fetches = GroupedCalls(limit: 256) { refused in
            let token = try await fetch(refused: Set(refused.compactMap(\.self)))
            return refused.map { _ in token.text }
        }
    }

    func current() async throws -> String {
        if let token = kept.withLock({ $0.flatMap { $0.goodUntil > .now ? $0.token : nil } }) { return token }
        return try await keep(fetches(nil))
    }

    /// A token that is not `refused`.
    func renewed(after refused: String) async throws -> String {
        if let token = kept.withLock({ $0?.token }), token != refused { return token }
        return try await keep(fetches(refused))
    }

    private func keep(_ token: String) async throws -> String {
        let goodFor = try await store.token(of: settings.appID)?.goodFor ?? .zero
        kept.withLock { $0 = Kept(token: token, goodUntil: .now + goodFor) }
        return token
    }
}

extension WeChatTokens {
    /// Reads the row under its lock, and asks the platform when what it holds will not do.
    private struct Fetch {
        let client: ProviderClient
        let settings: NotifierSettings.WeChat
        let store: ProviderAccountStore
        let timeout: Duration

        struct Token {
            let text: String
        }

        private struct Question: Encodable {
            let grant_type = "client_credential"
            let appid: String
            let secret: String
            let force_refresh: Bool
        }

        private struct Answer: Decodable {
            let access_token: String?
            let expires_in: Int?
            let errcode: Int?
            let errmsg: String?
        }

        func callAsFunction(refused: Set<String>) async throws -> Token {
            let text = try await store.replacingToken(of: settings.appID) { row in
                if let row, row.goodFor > .zero, !refused.contains(row.text) { return nil }
                var fresh = try await ask(force: false)
                // The platform repeats a token that it thinks is good; only this makes it change its mind (20 a day).
                if refused.contains(fresh.text) { fresh = try await ask(force: true) }
                return fresh
            }
            return Token(text: text)
        }

        private func ask(force: Bool) async throws -> ProviderAccountStore.Token {
            let question = Question(appid: settings.appID, secret: settings.secret, force_refresh: force)
            let request = try HTTPClientRequest.post("\(settings.url)/cgi-bin/stable_token", json: question)
            switch await client.http.answer(to: request, within: timeout / 2, limit: 1 << 16) {
            case .notSent(let reason), .lost(let reason):
                throw Refusal(outcome: .transient("WeChat gave no token: \(reason)"))
            case .answered(let status, let bytes):
                // A body that is no JSON is treated as an answer without fields.
                let answer = try? JSONDecoder().decode(Answer.self, from: Data(bytes.readableBytesView))
                if let token = answer?.access_token, !token.isEmpty, token.utf8.count <= 512 {
                    let life = max(answer?.expires_in ?? 300, 1)
                    return ProviderAccountStore.Token(text: token, goodFor: .seconds(life - min(300, life / 2)))
                }
                guard let code = answer?.errcode, code != 0 else {
                    throw Refusal(outcome: .transient("WeChat answered \(status) without a token"))
                }
                throw Refusal(outcome: Outcome(weChatCode: code, message: answer?.errmsg ?? "", messageID: nil))
            }
        }
    }
}
