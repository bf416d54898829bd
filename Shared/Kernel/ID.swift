public import Foundation

/// Names one `Subject`, so that a ticket's id cannot be passed where a work order's is wanted.
public struct ID<Subject>: Hashable, Sendable, Codable, CustomStringConvertible {
    public let value: UUID

    public init(_ value: UUID) { self.value = value }

    /// - Returns: nil when `text` is no UUID.
    public init?(_ text: String) {
        guard let value = UUID(uuidString: text) else { return nil }
        self.value = value
    }

    public init(from decoder: any Decoder) throws {
        value = try decoder.singleValueContainer().decode(UUID.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    public var description: String { value.lowercaseText }
}

/// The subjects that ids name. They have no values; each only tells one id from another.
public enum Ticket {}
public enum Customer {}
public enum WorkOrder {}
public enum Staff {}
public enum Delivery {}
public enum CallBack {}
