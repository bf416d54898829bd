public import Kernel

/// Why a piece of a file was not taken.
public enum FileRefusal: Error, Hashable, Sendable {
    /// No bytes, or more than a file may have.
    case tooLarge
    /// The caller has sent too much that he uses nowhere.
    case tooManyOpen
    /// Kind, size or digest are others than with the first piece.
    case otherFile
    /// The piece lies outside of the file.
    case outside
    case pieceSize
    /// It does not begin where the file ends.
    case gap(received: Int64)
    /// At this place there are other bytes.
    case otherBytes
    /// The whole is not what was announced: the file is to be sent again from its beginning.
    case wrongDigest
    /// It is not of the kind that was announced: the same.
    case wrongKind
    case unfinished

    /// For programs.
    public var code: String {
        switch self {
        case .tooLarge: "file-size"
        case .tooManyOpen: "files-open"
        case .otherFile: "file-differs"
        case .outside: "piece-outside"
        case .pieceSize: "piece-size"
        case .gap: "piece-gap"
        case .otherBytes: "piece-differs"
        case .wrongDigest: "file-digest"
        case .wrongKind: "file-kind"
        case .unfinished: "file-unfinished"
        }
    }

    public var words: Phrase {
        let (mebibytes, piece) = (FileRules.mostBytes >> 20, FileRules.mostInPiece >> 10)
        let least = FileRules.leastInPiece >> 10
        return switch self {
        case .tooLarge:
            Phrase(zh: "文件须有 1 字节到 \(mebibytes) MiB。", en: "A file has 1 byte to \(mebibytes) MiB.")
        case .tooManyOpen:
            Phrase(
                zh: "您上传而未使用的文件过多，请先用掉或等待清理。",
                en: "You have sent too many files that are used nowhere: use them, or wait until they are removed.")
        case .otherFile:
            Phrase(
                zh: "类型、大小或摘要与第一段不同；不同的文件请用新的编号。",
                en: "Kind, size or digest differ from the first piece's; another file needs another id.")
        case .outside: Phrase(zh: "这一段超出文件范围。", en: "The piece lies outside of the file.")
        case .pieceSize:
            Phrase(
                zh: "每段 \(least) 到 \(piece) KiB，最后一段可以更小。",
                en: "A piece has \(least) to \(piece) KiB; the last may be smaller.")
        case .gap(let received):
            Phrase(
                zh: "已收到 \(received) 字节，请从这里继续。", en: "There are \(received) bytes: go on from there.")
        case .otherBytes:
            Phrase(zh: "同一位置已有不同的内容。", en: "There are other bytes at this place already.")
        case .wrongDigest:
            Phrase(
                zh: "文件内容与摘要不符，已清空，请从头重传。",
                en: "The file is not what its digest says; it was emptied: send it again from the beginning.")
        case .wrongKind:
            Phrase(
                zh: "文件内容不是所声明的类型，已清空。", en: "The file is not of the kind that was said; it was emptied.")
        case .unfinished: Phrase(zh: "文件尚未传完。", en: "The file has not come to its end yet.")
        }
    }
}
