public import Hummingbird

/// Hummingbird's context of one request, with who is asking.
public struct RequestScope: RequestContext {
    public var coreContext: CoreRequestContextStorage
    /// Set by whoever has called ``IdentityCheck/require(_:roles:)``; nil before.
    public var identity: Identity?

    public init(source: Source) { coreContext = CoreRequestContextStorage(source: source) }
}
