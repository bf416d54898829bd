import DispatcherDomain
import Hummingbird
import Kernel
import ServiceKit

extension Problem {
    /// Nothing is told of files that somebody else has sent, not even that they are there.
    static let noFile = Problem.notFound("such file that you may see")

    /// Which rule has refused a piece, in both languages.
    init(_ refusal: FileRefusal) {
        let status: HTTPResponse.Status =
            switch refusal {
            case .tooLarge, .outside, .pieceSize, .wrongDigest, .wrongKind: .unprocessableContent
            case .tooManyOpen: .tooManyRequests
            case .otherFile, .gap, .otherBytes, .unfinished: .conflict
            }
        self.init(
            status, type: refusal.code,
            title: status == .conflict
                ? "The request conflicts with the present state" : "The request has fields that cannot be taken",
            detail: refusal.words.en, retryAfter: status == .tooManyRequests ? .seconds(3600) : nil)
        words = refusal.words
        if case .gap(let received) = refusal { headers[.uploadOffset] = String(received) }
    }
}

/// Turns refusals of files into problem documents for all routes of a group.
struct PhoneRefusalsAsProblems: RouterMiddleware {
    typealias Context = RequestScope

    func handle(
        _ request: Request, context: RequestScope, next: (Request, RequestScope) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let refusal as FileRefusal {
            throw Problem(refusal)
        }
    }
}
