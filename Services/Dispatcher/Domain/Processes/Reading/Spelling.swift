/// Finds what a mistyped word was meant to be.
enum Spelling {
    /// The word that differs least, when it differs little; of equals the first in the alphabet.
    static func nearest(_ word: String, _ known: [String]) -> String? {
        guard word.utf8.count <= 60 else { return nil }
        let letters = Array(word.lowercased().utf8)
        let allowed = max(1, letters.count / 3)
        return known.compactMap { one in distance(letters, one, atMost: allowed).map { (one, $0) } }
            .min { ($0.1, $0.0) < ($1.1, $1.0) }?.0
    }

    /// `; there are: a, b, c`, when they are few.
    static func listed(_ known: [String], zh: Bool) -> String {
        guard !known.isEmpty else { return "" }
        let shown = known.sorted().prefix(30).joined(separator: zh ? "、" : ", ") + (known.count > 30 ? " …" : "")
        return zh ? "；可用：\(shown)" : "; there are: \(shown)"
    }

    /// Bytes to change, add or leave out; nil when they are more than `most`.
    private static func distance(_ left: [UInt8], _ word: String, atMost most: Int) -> Int? {
        guard abs(word.utf8.count - left.count) <= most else { return nil }
        let right = Array(word.lowercased().utf8)
        var row = Array(0...right.count)
        for (i, one) in left.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            var least = row[0]
            for (j, other) in right.enumerated() {
                let next = min(diagonal + (one == other ? 0 : 1), row[j] + 1, row[j + 1] + 1)
                diagonal = row[j + 1]
                row[j + 1] = next
                least = min(least, next)
            }
            if least > most { return nil }
        }
        return row[right.count] <= most ? row[right.count] : nil
    }
}
