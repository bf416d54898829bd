import Hummingbird
import ServiceKit

/// `/api/notify/v1/receipts`: where providers report. The secret in the path is all that vouches for them.
struct ReceiptRoutes: Sendable {
    let take: TakeReceipt
    /// Nil: nobody may report.
    let kannelSecret: String?

    func add(to router: Router<RequestScope>) {
        router.get("/api/notify/v1/receipts/kannel/{secret}/{attempt}", use: kannel)
    }

    /// `200` when the report is stored, known attempt or not: Kannel repeats whatever is answered otherwise, `204` too.
    /// `404` for a wrong secret; `400` without a status.
    @Sendable func kannel(_ request: Request, scope: RequestScope) async throws -> Response {
        guard let kannelSecret, let secret = scope.parameters.get("secret"), Self.isEqual(secret, kannelSecret),
            let attempt = scope.parameters.get("attempt"), attempt.utf8.count <= 100
        else { throw Problem(.notFound, type: "no-such-receipt", title: "There is nothing to report to here.") }
        guard let status = request.uri.queryParameters["status"].flatMap({ Int($0) }), (0...1000).contains(status)
        else {
            throw Problem(
                .badRequest, type: "status-required", title: "A report needs a status, a number of 0 to 1000.")
        }
        let answer = request.uri.queryParameters["answer"].map(String.init) ?? ""
        let printable = answer.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F }.prefix(400)
        try await take.kannel(
            reference: attempt, status: status, answer: String(String.UnicodeScalarView(printable)))
        return Response(status: .ok)
    }

    /// Takes as long for a nearly right secret as for a wrong one.
    static func isEqual(_ given: String, _ secret: String) -> Bool {
        let (given, secret) = (Array(given.utf8), Array(secret.utf8))
        guard given.count == secret.count else { return false }
        return zip(given, secret).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
