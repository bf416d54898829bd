import Contracts
import DispatcherDomain
import Foundation
import Hummingbird
import HummingbirdCore
import Kernel
import ServiceKit

/// What all routes about people have in common: who asks, and how a refusal is told.
struct PeopleAPI: Sendable {
    static let path: RouterPath = "/api/dispatch/v1"
    /// Bytes of a body.
    static let bodyLimit = 65_536

    let identity: IdentityCheck
    let address: ClientAddress

    /// - Throws: a 401 problem for nobody.
    func caller(_ request: Request, _ context: RequestScope) async throws -> Caller {
        Caller(identity: try await identity.require(request), address: address.of(request, context))
    }

    func origin(_ request: Request, _ context: RequestScope) -> SessionStore.Origin {
        let agent = request.headers[.userAgent].map { String($0.prefix(200)) }
        return SessionStore.Origin(
            address: address.of(request, context), agent: agent.flatMap { $0.isUnfitForText ? nil : $0 })
    }

    /// The id in the path.
    ///
    /// - Throws: a 404 problem for what is none.
    static func id<Subject>(_ context: RequestScope, of what: String) throws -> ID<Subject> {
        guard let id = context.parameters.get("id").flatMap({ ID<Subject>($0) }) else { throw Problem.notFound(what) }
        return id
    }

    /// The code in the path.
    static func code(_ context: RequestScope, of what: String) throws -> String {
        guard let code = context.parameters.get("code"), code.utf8.count <= 40, !code.isUnfitForText else {
            throw Problem.notFound(what)
        }
        return code
    }

    /// - Throws: a 404 problem for nil.
    static func found<Value>(_ value: Value?, _ what: String) throws -> Value {
        guard let value else { throw Problem.notFound(what) }
        return value
    }

    /// A change of something that may have been changed meanwhile: the refusal then brings what it is now.
    static func changing<Value, Present: Encodable>(
        current: () async throws -> Present?, _ body: () async throws -> Value
    ) async throws -> Value {
        do {
            return try await body()
        } catch let refusal as PeopleRefusal {
            guard case .stale = refusal else { throw refusal }
            var problem = Problem(refusal)
            if let present = try await current() { problem.current = try WireJSON.encode(present) }
            throw problem
        }
    }
}

/// Turns refusals into problem documents for all routes of a group.
struct RefusalsAsProblems: RouterMiddleware {
    typealias Context = RequestScope

    func handle(
        _ request: Request, context: RequestScope, next: (Request, RequestScope) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let refusal as PeopleRefusal {
            throw Problem(refusal)
        } catch let refusal as ServiceLevelRefusal {
            throw Problem(refusal)
        } catch let refusal as SignIn.Refusal {
            throw Problem(refusal)
        } catch is PasswordHash.Busy {
            throw Problem.unavailable("Too many people sign in at once.", retryAfter: .seconds(5))
        }
    }
}

/// Reads a query, and keeps account of every part that cannot be taken.
struct QueryReader {
    private let query: FlatDictionary<Substring, Substring>
    private(set) var faults: [FieldFault] = []

    init(_ request: Request) { query = request.uri.queryParameters }

    /// - Throws: a 422 problem with all faults.
    func check() throws {
        if !faults.isEmpty { throw Problem.invalid(faults) }
    }

    mutating func text(_ name: String, limit: Int = 80) -> String? {
        guard let value = query[name[...]], !value.isEmpty else { return nil }
        guard value.count <= limit, !value.isUnfitForText else {
            fault(name, "At most \(limit) characters.")
            return nil
        }
        return String(value)
    }

    /// As ``text(_:limit:)``, but nothing is no value.
    private mutating func word(_ name: String) -> String? {
        guard query[name[...]]?.isEmpty != true else {
            fault(name, "It is empty.")
            return nil
        }
        return text(name)
    }

    mutating func number<Number: FixedWidthInteger>(_ name: String, in range: ClosedRange<Number>) -> Number? {
        guard let text = word(name) else { return nil }
        guard let number = Number(text), range.contains(number) else {
            fault(name, "A number from \(range.lowerBound) to \(range.upperBound).")
            return nil
        }
        return number
    }

    mutating func bool(_ name: String) -> Bool? {
        guard let text = word(name) else { return nil }
        guard let value = ["true": true, "false": false][text] else {
            fault(name, "true or false.")
            return nil
        }
        return value
    }

    mutating func word<Word: RawRepresentable & CaseIterable>(_ name: String, of type: Word.Type) -> Word?
    where Word.RawValue == String {
        guard let text = word(name) else { return nil }
        guard let word = Word(rawValue: text) else {
            fault(name, "One of \(Word.allCases.map(\.rawValue).joined(separator: ", ")).", code: "unknownValue")
            return nil
        }
        return word
    }

    mutating func id<Subject>(_ name: String, of type: Subject.Type) -> ID<Subject>? {
        guard let text = word(name) else { return nil }
        guard let id = ID<Subject>(text) else {
            fault(name, "A UUID.")
            return nil
        }
        return id
    }

    mutating func time(_ name: String) -> Date? {
        guard let text = word(name) else { return nil }
        // A plus sign that was not escaped arrives as a space.
        guard let date = WireJSON.date(from: text.replacing(" ", with: "+")), WireJSON.era.contains(date) else {
            fault(name, "A time such as 2026-11-22T08:30:00Z.")
            return nil
        }
        return date
    }

    mutating func day(_ name: String) -> LocalDay? {
        guard let text = word(name) else { return nil }
        guard let day = LocalDay(text) else {
            fault(name, "A day such as 2026-11-22.")
            return nil
        }
        return day
    }

    mutating func missing(_ name: String) { fault(name, "It is missing.", code: "required") }

    private mutating func fault(_ name: String, _ message: String, code: String = "malformed") {
        faults.append(FieldFault(field: "/\(name)", code: code, message: message))
    }
}
