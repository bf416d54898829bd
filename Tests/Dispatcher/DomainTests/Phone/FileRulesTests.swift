import DispatcherDomain
import Foundation
import Kernel
import Testing

private let digest = [UInt8](repeating: 7, count: 32)
private let plan = FilePlan(kind: .jpeg, size: 300_000, digest: digest)

private func stand(_ received: Int64) -> FileStand {
    FileStand(plan: plan, received: received, isFinished: received == plan.size)
}

@Suite struct `A piece of a file` {
    @Test func `goes on where the file ends, and may come again`() throws {
        #expect(try FileRules.place(0..<100_000, of: plan, in: stand(0)) == .append)
        #expect(try FileRules.place(100_000..<200_000, of: plan, in: stand(100_000)) == .append)
        #expect(try FileRules.place(0..<100_000, of: plan, in: stand(100_000)) == .compare)
        #expect(try FileRules.place(50_000..<60_000, of: plan, in: stand(100_000)) == .compare)
        #expect(try FileRules.place(0..<300_000, of: plan, in: stand(300_000)) == .compare)
    }

    @Test func `that leaves a gap or begins in the middle is told how much is there`() {
        for piece: Range<Int64> in [150_000..<250_000, 50_000..<150_000] {
            #expect(throws: FileRefusal.gap(received: 100_000)) {
                try FileRules.place(piece, of: plan, in: stand(100_000))
            }
        }
    }

    @Test func `is not so small that a file has thousands of them, but the last may be`() throws {
        #expect(throws: FileRefusal.pieceSize) { try FileRules.place(0..<1000, of: plan, in: stand(0)) }
        #expect(try FileRules.place(299_999..<300_000, of: plan, in: stand(299_999)) == .append)
        let large = FilePlan(kind: .jpeg, size: FileRules.mostBytes, digest: digest)
        #expect(throws: FileRefusal.pieceSize) {
            try FileRules.place(
                0..<FileRules.mostInPiece + 1, of: large, in: FileStand(plan: large, received: 0, isFinished: false))
        }
    }

    @Test func `of another file, or outside of this one, is refused`() {
        let others = [
            FilePlan(kind: .png, size: 300_000, digest: digest), FilePlan(kind: .jpeg, size: 300_001, digest: digest),
            FilePlan(kind: .jpeg, size: 300_000, digest: [UInt8](repeating: 8, count: 32)),
        ]
        for other in others {
            #expect(throws: FileRefusal.otherFile) { try FileRules.place(0..<100_000, of: other, in: stand(0)) }
        }
        for piece: Range<Int64> in [0..<300_001, 0..<0] {
            #expect(throws: FileRefusal.outside) { try FileRules.place(piece, of: plan, in: stand(0)) }
        }
        // The digest needs to be told once.
        #expect(throws: Never.self) {
            try FileRules.place(
                0..<100_000, of: FilePlan(kind: .jpeg, size: 300_000, digest: []), in: stand(0))
        }
    }
}

@Suite struct `A file` {
    @Test func `is begun only within bounds`() throws {
        let none = UnusedFiles(open: 0, bytes: 0)
        try FileRules.begin(plan, beside: none)
        for size in [0, -1, FileRules.mostBytes + 1] {
            #expect(throws: FileRefusal.tooLarge) {
                try FileRules.begin(FilePlan(kind: .jpeg, size: size, digest: digest), beside: none)
            }
        }
        #expect(throws: FileRefusal.tooManyOpen) {
            try FileRules.begin(plan, beside: UnusedFiles(open: FileRules.mostOpen, bytes: 0))
        }
        #expect(throws: FileRefusal.tooManyOpen) {
            try FileRules.begin(plan, beside: UnusedFiles(open: 0, bytes: FileRules.mostUnusedBytes))
        }
    }

    @Test(arguments: [
        (FileKind.jpeg, [0xFF, 0xD8, 0xFF, 0xE0] as [UInt8]),
        (.png, [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]), (.pdf, Array("%PDF-1.7".utf8)),
        (.heic, [0, 0, 0, 24] + Array("ftypheic".utf8)),
    ])
    func `is of the kind that its first bytes tell, and of no other`(kind: FileKind, head: [UInt8]) {
        for other in FileKind.allCases { #expect(other.fits(head: head) == (other == kind), "\(other)") }
        for cut in 0..<3 { #expect(!kind.fits(head: Array(head.prefix(cut)))) }
    }

    @Test func `is what was announced when it ends, or is sent again`() throws {
        let head: [UInt8] = [0xFF, 0xD8, 0xFF]
        try FileRules.finish(plan, digest: digest, head: head)
        #expect(throws: FileRefusal.wrongDigest) {
            try FileRules.finish(plan, digest: [UInt8](repeating: 8, count: 32), head: head)
        }
        #expect(throws: FileRefusal.wrongKind) { try FileRules.finish(plan, digest: digest, head: [1, 2, 3]) }
    }

    @Test func `stays while it is used, and goes after days without`() {
        let time = Date(timeIntervalSinceReferenceDate: 0)
        #expect(FileRules.removal(changedAt: time, isFinished: true, isUsed: true) == nil)
        #expect(FileRules.removal(changedAt: time, isFinished: false, isUsed: false) == time + 7 * 86_400)
        #expect(FileRules.removal(changedAt: time, isFinished: true, isUsed: false) == time + 30 * 86_400)
    }
}
