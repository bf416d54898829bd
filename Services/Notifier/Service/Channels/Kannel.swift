import AsyncHTTPClient
import Contracts
import Foundation
import NIOCore
import NotifierDomain

/// SMS through Kannel's smsbox.
///
/// The call is a POST with `X-Kannel-*` headers, so that neither password nor text stands in a request line. Chinese goes
/// as UTF-8 with coding 2; without the charset Kannel would take it for UTF-16BE.
struct Kannel: Channel {
    let provider = "kannel"
    let client: ProviderClient
    let settings: NotifierSettings.SMS
    let timeout: Duration

    func send(_ outgoing: Outgoing) async -> Outcome {
        var headers = [
            ("X-Kannel-Username", settings.user), ("X-Kannel-Password", settings.password),
            ("X-Kannel-To", outgoing.recipient.text), ("X-Kannel-Coding", coding(of: outgoing.body)),
            ("Content-Type", "text/plain; charset=UTF-8"),
        ]
        if let sender = settings.sender { headers.append(("X-Kannel-From", sender)) }
        if let url = receiptURL(for: outgoing) {
            headers += [("X-Kannel-DLR-Mask", "31"), ("X-Kannel-DLR-Url", url)]
        }
        let request = HTTPClientRequest.post(
            settings.kannelURL, headers: headers, body: .bytes(ByteBuffer(string: outgoing.body)))
        switch await client.http.answer(to: request, within: timeout, limit: 4096) {
        case .answered(let status, let body): return Outcome(kannelStatus: status, body: String(buffer: body))
        case .notSent(let reason): return .transient("Kannel could not be reached: \(reason)")
        case .lost(let reason): return .ambiguous("Kannel did not answer: \(reason)")
        }
    }

    private func coding(of text: String) -> String {
        TextMessage(text).alphabet == .gsm7 ? "0" : "2"
    }

    /// Kannel fills in `%d` and `%A`; the reference is all that leads back, since it gives no id.
    private func receiptURL(for outgoing: Outgoing) -> String? {
        guard let base = settings.receiptURL, let secret = settings.receiptSecret else { return nil }
        return "\(base)/\(secret)/\(outgoing.reference)?status=%d&answer=%A"
    }
}
