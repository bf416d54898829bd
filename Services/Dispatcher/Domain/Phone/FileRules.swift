public import Foundation

/// A file that belongs to a work order: a photo, a scanned sheet.
public enum WorkFile {}

/// What may be sent.
public enum FileKind: String, Hashable, Sendable, CaseIterable {
    case jpeg = "image/jpeg"
    case png = "image/png"
    case heic = "image/heic"
    case pdf = "application/pdf"

    /// Bytes at the beginning of a file that tell its kind.
    public static let headLength = 16

    /// Whether a file that begins so is of this kind, whatever it is called.
    public func fits(head: [UInt8]) -> Bool {
        switch self {
        case .jpeg: return head.starts(with: [0xFF, 0xD8, 0xFF])
        case .png: return head.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
        case .pdf: return head.starts(with: Array("%PDF-".utf8))
        case .heic:
            guard head.count >= 12, Array(head[4..<8]) == Array("ftyp".utf8) else { return false }
            let brand = String(decoding: head[8..<12], as: UTF8.self)
            return ["heic", "heix", "hevc", "heim", "heis", "mif1", "msf1"].contains(brand)
        }
    }
}

/// What was said of a file when its first piece came; none of it changes afterwards.
public struct FilePlan: Hashable, Sendable {
    public let kind: FileKind
    /// Bytes, from 1.
    public let size: Int64
    /// SHA-256 of the whole file, 32 bytes.
    public let digest: [UInt8]

    public init(kind: FileKind, size: Int64, digest: [UInt8]) {
        self.kind = kind
        self.size = size
        self.digest = digest
    }
}

/// How far a file has come.
public struct FileStand: Hashable, Sendable {
    public let plan: FilePlan
    /// Bytes that are there, from the beginning without a gap.
    public let received: Int64
    public let isFinished: Bool

    public init(plan: FilePlan, received: Int64, isFinished: Bool) {
        self.plan = plan
        self.received = received
        self.isFinished = isFinished
    }
}

/// What somebody has sent already and uses nowhere yet.
public struct UnusedFiles: Hashable, Sendable {
    /// Files that have not come to their end.
    public let open: Int
    /// Bytes that were announced, those of finished files too.
    public let bytes: Int64

    public init(open: Int, bytes: Int64) {
        self.open = open
        self.bytes = bytes
    }
}

/// What becomes of a piece. Pieces come in order, so that a cut line costs one piece and the rest goes on from there.
public enum FileRules {
    public static let mostBytes: Int64 = 20 << 20
    public static let mostInPiece: Int64 = 1 << 20
    /// All pieces but the last have as many.
    public static let leastInPiece: Int64 = 64 << 10
    public static let mostOpen = 100
    public static let mostUnusedBytes: Int64 = 512 << 20
    /// Seconds without a piece after which an unfinished file is removed.
    public static let patience = 7 * 86_400.0
    /// Seconds after which a finished file is removed that no work order has.
    public static let patienceWhenFinished = 30 * 86_400.0

    public enum Step: Hashable, Sendable {
        /// It goes on where the file ends.
        case append
        /// It was there before, and must be the same.
        case compare
    }

    /// - Throws: ``FileRefusal``; nothing is to be changed then.
    public static func begin(_ plan: FilePlan, beside unused: UnusedFiles) throws(FileRefusal) {
        guard (1...mostBytes).contains(plan.size) else { throw .tooLarge }
        guard unused.open < mostOpen, unused.bytes + plan.size <= mostUnusedBytes else { throw .tooManyOpen }
    }

    /// - Parameter plan: as this piece tells it; a digest that it does not tell is none that differs.
    public static func place(
        _ piece: Range<Int64>, of plan: FilePlan, in stand: FileStand
    ) throws(FileRefusal) -> Step {
        guard plan.kind == stand.plan.kind, plan.size == stand.plan.size,
            plan.digest.isEmpty || plan.digest == stand.plan.digest
        else { throw .otherFile }
        guard !piece.isEmpty, piece.lowerBound >= 0, piece.upperBound <= stand.plan.size else { throw .outside }
        guard Int64(piece.count) <= mostInPiece else { throw .pieceSize }
        if piece.upperBound <= stand.received { return .compare }
        guard piece.lowerBound == stand.received else { throw .gap(received: stand.received) }
        guard Int64(piece.count) >= leastInPiece || piece.upperBound == stand.plan.size else { throw .pieceSize }
        return .append
    }

    /// Looks at a file whose last piece has come.
    public static func finish(_ plan: FilePlan, digest: [UInt8], head: [UInt8]) throws(FileRefusal) {
        guard digest == plan.digest else { throw .wrongDigest }
        guard plan.kind.fits(head: head) else { throw .wrongKind }
    }

    /// When the file is to be looked at for removal, by its last piece; nil: it is used, and stays.
    public static func removal(changedAt: Date, isFinished: Bool, isUsed: Bool) -> Date? {
        isUsed ? nil : changedAt + (isFinished ? patienceWhenFinished : patience)
    }
}
