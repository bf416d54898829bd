private import Messaging
import ServiceLifecycle

/// The parts of a service in their order of start, which is the reverse of their order of stop.
///
/// Stop: readiness ends, HTTP takes no more, the service's own parts finish what they have, the relay sends what is
/// left, then broker and database close, and the admin port last of all.
struct StartPlan {
    let kit: Kit
    /// What needs neither database nor broker: traces, admin port.
    let before: [any Service]
    let bindings: BindingsCheck?
    let own: [any Service]

    /// - Parameter onStop: called at the beginning of the stop.
    func parts(onStop: @escaping @Sendable () -> Void) -> [ServiceGroupConfiguration.ServiceConfiguration] {
        let infrastructure: [any Service] =
            before + [kit.workPool, kit.requestPool, kit.schemaGate, kit.broker] + (bindings.map { [$0] } ?? [])
        let own = own + housekeeping
        let servers = own.filter { $0 is HTTPServerPart }
        let workers = [kit.relay] + own.filter { !($0 is HTTPServerPart) }
        let parts =
            (infrastructure + [kit.identity]).map { part($0, gate: nil) }
            + workers.map { part($0, gate: kit.schemaGate) } + servers.map { part($0, gate: nil) }
            + [part(StopSignal(health: kit.health, onStop: onStop), gate: nil)]
        return parts.map { part in
            ServiceGroupConfiguration.ServiceConfiguration(
                service: part, successTerminationBehavior: .ignore,
                failureTerminationBehavior: .gracefullyShutdownGroup,
                serviceName: part.name)
        }
    }

    /// What every service with queues needs, unless it has brought its own: dead letters into the archive, parked
    /// messages out of their parking.
    private var housekeeping: [any Service] {
        var parts: [any Service] = []
        let consumers = own.compactMap { $0 as? any Redelivering }
        if !own.contains(where: { $0 is DeferredWorker }) {
            parts.append(
                DeferredWorker(consumers: consumers, schema: kit.schema, pool: kit.workPool, logger: kit.logger))
        }
        if !own.contains(where: { $0 is DeadLetterArchiver }) { parts.append(kit.deadLetterArchiver()) }
        return parts
    }

    private func part(_ service: any Service, gate: SchemaGate?) -> Part {
        Part(name: String(describing: type(of: service)), service: service, gate: gate, logger: kit.logger)
    }
}
