import DispatcherDomain
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Kernel
import ServiceKit

extension HTTPField.Name {
    static let uploadOffset = Self("Upload-Offset")!
    static let uploadLength = Self("Upload-Length")!
    static let uploadComplete = Self("Upload-Complete")!
    static let reprDigest = Self("Repr-Digest")!
    static let contentTypeOptions = Self("X-Content-Type-Options")!
}

/// What a request says of the piece that it brings: `Content-Type`, `Content-Range: bytes 0-262143/3145728` (absent: the
/// whole file), `Repr-Digest: sha-256=:…:` (RFC 9530).
struct PieceHeaders: Sendable {
    let kind: FileKind
    /// Nil: the whole file.
    let range: Range<Int64>?
    let size: Int64?
    /// Empty when it is not told.
    let digest: [UInt8]

    /// - Throws: a 415 problem for another kind of file, 422 for headers that cannot be read.
    init(_ request: Request) throws {
        let type = (request.headers[.contentType] ?? "").lowercased().prefix { $0 != ";" }.filter { $0 != " " }
        guard let kind = FileKind(rawValue: type) else {
            throw Problem(
                .unsupportedMediaType, type: "unsupported-media-type", title: "The content type is not taken here",
                detail: "A file is one of \(FileKind.allCases.map(\.rawValue).joined(separator: ", ")).")
        }
        self.kind = kind
        var faults: [FieldFault] = []
        if let text = request.headers[.contentRange] {
            let read = Self.range(text)
            if read == nil {
                faults.append(Self.fault("/content-range", "bytes FIRST-LAST/SIZE, such as bytes 0-262143/3145728."))
            }
            (range, size) = (read?.range, read?.size)
        } else {
            (range, size) = (nil, nil)
        }
        if let text = request.headers[.reprDigest] {
            let read = Self.digest(text)
            if read == nil { faults.append(Self.fault("/repr-digest", "sha-256=:BASE64: of 32 bytes.")) }
            digest = read ?? []
        } else {
            digest = []
        }
        guard faults.isEmpty else { throw Problem.invalid(faults) }
    }

    /// With the body that came.
    ///
    /// - Throws: a 422 problem when it is not as long as its range.
    func piece(_ bytes: [UInt8]) throws -> KeepFiles.Piece {
        let whole = 0..<Int64(bytes.count)
        guard let range, let size else {
            return KeepFiles.Piece(
                plan: FilePlan(kind: kind, size: whole.upperBound, digest: digest), start: 0, bytes: bytes)
        }
        guard range.count == whole.count else {
            throw Problem.invalid([
                Self.fault("/content-range", "The body has \(bytes.count) bytes, the range \(range.count).")
            ])
        }
        return KeepFiles.Piece(
            plan: FilePlan(kind: kind, size: size, digest: digest), start: range.lowerBound, bytes: bytes)
    }

    static func range(_ text: String) -> (range: Range<Int64>, size: Int64)? {
        guard let match = text.wholeMatch(of: /bytes ([0-9]{1,15})-([0-9]{1,15})\/([0-9]{1,15})/),
            let first = Int64(match.1), let last = Int64(match.2), let size = Int64(match.3), first <= last
        else { return nil }
        return (first..<last + 1, size)
    }

    static func digest(_ text: String) -> [UInt8]? {
        guard let match = text.wholeMatch(of: /sha-256=:([A-Za-z0-9+\/]{43}=):/),
            let bytes = Data(base64Encoded: String(match.1)), bytes.count == 32
        else { return nil }
        return Array(bytes)
    }

    private static func fault(_ field: String, _ message: String) -> FieldFault {
        FieldFault(field: field, code: "malformed", message: message)
    }
}
