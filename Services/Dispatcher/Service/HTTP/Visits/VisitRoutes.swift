import Contracts
import DispatcherDomain
import Foundation
import Hummingbird
import Kernel
import ServiceKit

/// `/api/dispatch/v1/work-orders/{id}/visits/{number}/sheet` and `signature`.
struct VisitRoutes: Sendable {
    let identity: IdentityCheck
    let signing: SignVisit

    func add(to api: RouterGroup<RequestScope>) {
        let routes = api.group("work-orders")
        routes.get("{id}/visits/{number}/sheet", use: sheet)
        routes.post("{id}/visits/{number}/signature", use: sign)
    }

    /// The sheet as it is signed, whether the signature stands, and what the visit still lacks.
    @Sendable private func sheet(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await identity.require(request)
        let (id, number) = (try WorkOrderRoutes.id(context), try WorkOrderRoutes.number(context))
        guard let sheet = try await signing.sheet(of: id, visit: number, for: caller) else {
            throw Problem.noWorkOrder
        }
        return try .json(SheetJSON(sheet))
    }

    /// 200 with the work order after it.
    @Sendable private func sign(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await identity.require(request)
        let (id, number) = (try WorkOrderRoutes.id(context), try WorkOrderRoutes.number(context))
        let body = try await request.json(SignatureJSON.self, limit: PeopleAPI.bodyLimit)
        let draft = SignVisit.Draft(
            path: body.path ?? "", signer: body.signer ?? "", sheet: body.sheet ?? "",
            expectedRevision: body.expectedRevision)
        do {
            guard let seen = try await signing(id, visit: number, draft, for: caller) else {
                throw Problem.noWorkOrder
            }
            return try .work(seen, to: request)
        } catch let other as SignVisit.OtherSheet {
            throw try Problem(other)
        }
    }
}

struct SheetJSON: Encodable, Sendable {
    struct GivenJSON: Encodable, Sendable {
        let signer: String
        let at: Date
        /// An SVG path.
        let path: String
        /// False: the sheet was changed after it was signed.
        let stands: Bool
    }

    /// See docs/visits.md.
    let text: String
    /// SHA-256 of its UTF-8 bytes, in hexadecimal digits.
    let hash: String
    let signature: GivenJSON?
    /// What is missing before the visit may be finished with what is filled in now.
    let missing: [FieldFault]

    init(_ sheet: SignVisit.Sheet) {
        text = sheet.text
        hash = sheet.hash
        signature = sheet.signature.map {
            GivenJSON(signer: $0.signer, at: $0.takenAt, path: $0.path, stands: $0.sheet == sheet.hash)
        }
        missing = sheet.missing
    }
}

struct SignatureJSON: Decodable, Sendable {
    var path: String?
    var signer: String?
    /// SHA-256 of the sheet that was shown to whoever signed.
    var sheet: String?
    var expectedRevision: Int64?
}

extension Problem {
    /// Somebody has signed something else than what stands here.
    init(_ other: SignVisit.OtherSheet) throws {
        self.init(
            .conflict, type: SignVisit.OtherSheet.code, title: "Another sheet was signed",
            detail: SignVisit.OtherSheet.words.en)
        words = SignVisit.OtherSheet.words
        current = try WireJSON.encode(SheetJSON(other.sheet))
    }
}
