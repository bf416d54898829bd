public import Foundation

/// A stretch of time; its end is not in it.
public struct Span: Hashable, Sendable {
    public let start: Date
    public let end: Date

    /// - Returns: nil when the end is not after the start.
    public init?(_ start: Date, _ end: Date) {
        guard start < end else { return nil }
        self.start = start
        self.end = end
    }

    public func overlaps(_ other: Span) -> Bool { start < other.end && other.start < end }
    public func contains(_ moment: Date) -> Bool { start <= moment && moment < end }
    public func intersection(_ other: Span) -> Span? { Span(max(start, other.start), min(end, other.end)) }

    /// The same time as few stretches, the earliest first.
    public static func union(_ spans: [Span]) -> [Span] {
        var result: [Span] = []
        for span in spans.sorted(by: { ($0.start, $0.end) < ($1.start, $1.end) }) {
            if let last = result.last, span.start <= last.end {
                result[result.count - 1] = Span(last.start, max(last.end, span.end)) ?? last
            } else {
                result.append(span)
            }
        }
        return result
    }

    /// What of `spans` lies in none of `others`.
    public static func subtracting(_ others: [Span], from spans: [Span]) -> [Span] {
        others.reduce(union(spans)) { left, other in
            left.flatMap { span -> [Span] in
                guard span.overlaps(other) else { return [span] }
                return [Span(span.start, other.start), Span(other.end, span.end)].compactMap { $0 }
            }
        }
    }
}
