import AMQP

/// A message that ends its process takes down what is handled beside it, again and again. Nobody can say afterwards which of
/// them it was, so all that came back too often are suspects, and each is handled alone: the innocent are done, and the
/// one that still ends its process goes to the dead letters. Pure rules.
///
/// The broker counts how often it gave a delivery back; the table `deferred` counts in `taken` how often a message was
/// taken from it, written down before anybody looks at the message.
enum Suspicion {
    /// Deliveries that the broker got back, as when a line breaks or a process ends. Far below the broker's own limit
    /// (``Topology/deliveryLimit``), which knows no innocence.
    static let returns: Int64 = 3
    /// Times that a message is taken in vain until it is dead.
    static let takes = 4
    /// What is written on it.
    static let detail = "came back from the broker again and again, with whatever was handled beside it"

    /// How often the broker got it back (quorum queues count it). On a first delivery the header is the sender's.
    static func returns(of message: ReceivedMessage) -> Int64 {
        guard message.isRedelivered, case .int(let count) = message.properties.headers["x-delivery-count"] else {
            return 0
        }
        return count
    }

    static func isSuspect(_ message: ReceivedMessage) -> Bool { returns(of: message) >= returns }
}

extension DeferredState {
    /// It was taken before, and nobody has said what became of it.
    var isSuspect: Bool { taken > 1 }
    var isGuilty: Bool { taken > Suspicion.takes }
}
