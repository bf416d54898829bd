import BusinessTime
import Contracts
import DispatcherDomain
import Foundation
import Kernel
import Logging
import Postgres
import Synchronization

/// The definitions that work runs by, read once each: a version never changes.
final class ProcessShelf: Sendable {
    /// A stored definition that this program cannot read: work that runs by it stands still until it is moved.
    struct Unreadable: Error, CustomStringConvertible {
        let key: ProcessStore.Key
        let faults: [DefinitionFault]

        var description: String {
            "version \(key.version) of the process \(key.code): "
                + faults.map { "\($0.at) \($0.words.en)" }.joined(separator: "; ")
        }
    }

    private struct Books {
        var read: [ProcessStore.Key: ProcessDefinition] = [:]
        /// The definitions that come with the program are in the table.
        var isStocked = false
    }

    private let books = Mutex(Books())
    private let logger: Logger

    init(logger: Logger) { self.logger = logger }

    /// Puts the definitions that come with the program into the table, where they are not there yet. To be called before
    /// anything else is read; nothing is asked of the database after the first time.
    func stock(in transaction: Transaction) async throws {
        guard !books.withLock(\.isStocked) else { return }
        let shipped = try Self.shipped.get()
        try await transaction.query(ProcessStore.add(shipped, standard: ShippedProcesses.standard))
        transaction.afterCommit { self.books.withLock { $0.isStocked = true } }
    }

    private static let shipped = Result {
        try ShippedProcesses.texts.sorted { $0.key < $1.key }.map { code, text in
            (definition: try ShippedProcesses.read(code).definition, text: text)
        }
    }

    /// - Throws: ``Unreadable``.
    func definition(_ code: String, _ version: Int, in transaction: Transaction) async throws -> ProcessDefinition {
        let key = ProcessStore.Key(code: code, version: version)
        if let known = books.withLock({ $0.read[key] }) { return known }
        guard let text = try await transaction.query(ProcessStore.text(of: key)).first?.decode(String.self) else {
            throw Unreadable(key: key, faults: [])
        }
        let definition: ProcessDefinition
        do throws(InvalidDefinition) {
            definition = try ProcessDefinition.readStored(text, fragments: ShippedProcesses.fragments)
        } catch {
            throw Unreadable(key: key, faults: error.faults)
        }
        books.withLock { $0.read[key] = definition }
        return definition
    }

    func definition(of order: WorkOrderRecord, in transaction: Transaction) async throws -> ProcessDefinition {
        try await definition(order.state.process, order.state.version, in: transaction)
    }

    /// Those that new work may begin with. One that cannot be read is left out, and the log says why.
    func inForce(in transaction: Transaction) async throws -> [ProcessDefinition] {
        var definitions: [ProcessDefinition] = []
        for key in try await transaction.query(ProcessStore.inForce).map(ProcessStore.key) {
            do {
                definitions.append(try await definition(key.code, key.version, in: transaction))
            } catch let error as Unreadable {
                logger.error(
                    "A process in force cannot be read; no work begins with it. Put a corrected version in force",
                    metadata: ["process": "\(key.code)", "version": "\(key.version)", "error": "\(error)"])
            }
        }
        return definitions
    }

    /// The roles of their own that definitions name, whether in force or not, with a title.
    func roles(in transaction: Transaction) async throws -> [String: Phrase] {
        var titles: [String: Phrase] = [:]
        for key in try await transaction.query(ProcessStore.versions()).map(ProcessStore.key) {
            do {
                titles.merge(try await definition(key.code, key.version, in: transaction).roles) { first, _ in first }
            } catch is Unreadable {
                // One that cannot be read names no role; who puts it in force is told why.
                continue
            }
        }
        return titles
    }

    /// The plain process: what serves a ticket that no process in force serves.
    func standard(in transaction: Transaction) async throws -> ProcessDefinition {
        try await definition(ShippedProcesses.standard, 1, in: transaction)
    }
}
