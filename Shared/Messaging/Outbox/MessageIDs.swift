public import Foundation
import Kernel

/// Ids of messages that a message (or a timer) causes: a handler that runs again after a crash makes the same ones, and
/// whoever has them already can tell.
public enum MessageIDs {
    /// - Parameters:
    ///   - cause: id of the message or timer that is being handled.
    ///   - handler: type of what is handled.
    ///   - ordinal: 0 for the first message that the handler says, then 1, 2 …
    public static func id(cause: UUID, service: String, handler: String, ordinal: Int) -> UUID {
        UUID(namespace: cause, name: "\(service)/\(handler)/\(ordinal)")
    }
}
