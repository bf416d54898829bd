import DispatcherDomain
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Kernel
import NIOCore
import ServiceKit

/// `/api/dispatch/v1/files`: photos and papers, sent piece by piece (docs/phone.md).
struct FileRoutes: Sendable {
    let identity: IdentityCheck
    let files: KeepFiles

    func add(to api: RouterGroup<RequestScope>) {
        api.put("files/{id}", use: put)
        api.get("files/{id}", use: show)
        api.head("files/{id}", use: stand)
    }

    /// One piece, or the whole. 201 when the file is finished with it, 200 otherwise, also for a piece that was there.
    @Sendable private func put(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await identity.require(request)
        let id = try Self.id(context)
        try await files.checkSender(id, for: caller)
        let headers = try PieceHeaders(request)
        let piece = try headers.piece(try await request.bytes(limit: Int(FileRules.mostInPiece)))
        let file = try await files.take(piece, of: id, for: caller)
        let isNew = file.stand.isFinished && piece.range.upperBound == file.stand.plan.size
        return try .json(FileJSON(file), status: isNew ? .created : .ok, headers: Self.headers(of: file))
    }

    /// How much is there, in headers alone.
    @Sendable private func stand(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await identity.require(request)
        guard let file = try await files.find(try Self.id(context), for: caller) else { throw Problem.noFile }
        return Response(status: .ok, headers: Self.headers(of: file))
    }

    /// The file itself.
    @Sendable private func show(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await identity.require(request)
        let id = try Self.id(context)
        guard let file = try await files.find(id, for: caller) else { throw Problem.noFile }
        guard file.stand.isFinished else { throw FileRefusal.unfinished }
        let tag = "\"\(Data(file.stand.plan.digest).base64EncodedString())\""
        var headers = Self.headers(of: file)
        headers[.eTag] = tag
        headers[.cacheControl] = "private, no-cache"
        if request.headers[.ifNoneMatch] == tag { return Response(status: .notModified, headers: headers) }
        headers[.contentType] = file.stand.plan.kind.rawValue
        headers[.contentTypeOptions] = "nosniff"
        headers[.contentDisposition] = file.stand.plan.kind == .pdf ? "attachment" : "inline"
        let starts = try await files.starts(of: id)
        return Response(
            status: .ok, headers: headers,
            body: ResponseBody(contentLength: Int(file.stand.plan.size)) { [files] writer in
                for start in starts {
                    try await writer.write(ByteBuffer(bytes: try await files.piece(of: id, at: start)))
                }
                try await writer.finish(nil)
            })
    }

    private static func headers(of file: FileStore.Record) -> HTTPFields {
        [
            .uploadOffset: String(file.stand.received), .uploadLength: String(file.stand.plan.size),
            .uploadComplete: file.stand.isFinished ? "?1" : "?0",
        ]
    }

    private static func id(_ context: RequestScope) throws -> ID<WorkFile> {
        guard let id = context.parameters.get("id").flatMap({ ID<WorkFile>($0) }) else { throw Problem.noFile }
        return id
    }
}

struct FileJSON: Encodable, Sendable {
    let id: String
    let kind: String
    /// Bytes.
    let size: Int64
    let received: Int64
    let finished: Bool
    /// Where it is used; nil: nowhere yet.
    let workOrder: String?

    init(_ file: FileStore.Record) {
        id = file.id.description
        kind = file.stand.plan.kind.rawValue
        size = file.stand.plan.size
        received = file.stand.received
        finished = file.stand.isFinished
        workOrder = file.workOrder?.description
    }
}
