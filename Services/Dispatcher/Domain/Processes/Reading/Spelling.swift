/// Finds what a mistyped word was meant to be.
enum Spelling {
    /// The word that differs least, when it differs little; of equals the first in the alphabet.
    static func nearest(_ word: String, _ known: [String]) -> String? {
        guard word.count <= 60 else { return nil }
        let allowed = max(1, word.count / 3)
        return known.map { ($0, distance(word, $0)) }.filter { $0.1 <= allowed }
            .min { ($0.1, $0.0) < ($1.1, $1.0) }?.0
    }

    /// `; there are: a, b, c`, when they are few.
    static func listed(_ known: [String], zh: Bool) -> String {
        guard !known.isEmpty else { return "" }
        let shown = known.sorted().prefix(30).joined(separator: zh ? "、" : ", ") + (known.count > 30 ? " …" : "")
        return zh ? "；可用：\(shown)" : "; there are: \(shown)"
    }

    private static func distance(_ left: String, _ right: String) -> Int {
        let (left, right) = (Array(left.lowercased()), Array(right.lowercased()))
        guard right.count <= 80 else { return .max }
        var row = Array(0...right.count)
        for (i, one) in left.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, other) in right.enumerated() {
                let next = min(diagonal + (one == other ? 0 : 1), row[j] + 1, row[j + 1] + 1)
                diagonal = row[j + 1]
                row[j + 1] = next
            }
        }
        return row[right.count]
    }
}
