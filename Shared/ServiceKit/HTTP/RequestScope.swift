public import Hummingbird
private import NIOCore

/// Hummingbird's context of one request, with who is asking.
public struct RequestScope: RequestContext {
    public var coreContext: CoreRequestContextStorage
    /// Set by whoever has called ``IdentityCheck/require(_:roles:)``; nil before.
    public var identity: Identity?

    /// The address at the other end of the connection, the proxy's when there is one; nil where there is no network.
    public let peer: String?

    public init(source: Source) {
        coreContext = CoreRequestContextStorage(source: source)
        peer = source.channel.remoteAddress?.ipAddress
    }
}
