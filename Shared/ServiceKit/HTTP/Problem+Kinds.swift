private import HTTPTypes
private import Hummingbird
private import HummingbirdCore
public import Kernel
private import Postgres

extension Problem {
    /// Input that can be read but not taken, with every field that is wrong.
    public static func invalid(_ faults: [FieldFault]) -> Problem {
        Problem(
            .unprocessableContent, type: "invalid", title: "The request has fields that cannot be taken", faults: faults
        )
    }

    /// - Parameter what: the thing, with its article: `this ticket`.
    public static func notFound(_ what: String = "what was asked for") -> Problem {
        Problem(.notFound, type: "not-found", title: "Not found", detail: "There is no \(what).")
    }

    public static func conflict(_ type: String, _ detail: String) -> Problem {
        Problem(.conflict, type: type, title: "The request conflicts with the present state", detail: detail)
    }

    public static func malformed(_ detail: String) -> Problem {
        Problem(.badRequest, type: "malformed", title: "The request cannot be read", detail: detail)
    }

    /// The service cannot keep its promise right now; nothing was changed.
    public static func unavailable(_ detail: String, retryAfter: Duration = .seconds(2)) -> Problem {
        Problem(
            .serviceUnavailable, type: "unavailable", title: "The service cannot do this right now", detail: detail,
            retryAfter: retryAfter)
    }

    public static func signInNeeded(_ detail: String) -> Problem {
        var problem = Problem(.unauthorized, type: "sign-in-needed", title: "Sign in first", detail: detail)
        problem.headers[.wwwAuthenticate] = "Bearer realm=\"paidan\""
        return problem
    }

    public static func forbidden(_ detail: String) -> Problem {
        Problem(.forbidden, type: "forbidden", title: "Not allowed", detail: detail)
    }

    /// The problem that stands for any error. Nothing of an unknown error is shown: what it says is in the log, under
    /// the document's `traceId`.
    init(describing error: any Error) {
        switch error {
        case let problem as Problem: self = problem
        case let input as InvalidInput: self = .invalid(input.faults)
        case let error as PostgresError where error.isOutage:
            self = .unavailable("The database does not answer.")
        case let error as HTTPError:
            self.init(
                error.status, type: Self.word(for: error.status), title: error.status.reasonPhrase,
                detail: error.status.code < 500 ? error.body : nil)
            headers = error.headers
        case let error as any HTTPResponseError:
            self.init(error.status, type: Self.word(for: error.status), title: error.status.reasonPhrase)
        case is CancellationError: self = .unavailable("The request was given up.")
        default:
            self.init(
                .internalServerError, type: "internal", title: "The service has failed",
                detail: "Nothing is known to be wrong with the request. Give the traceId to whoever runs the service.")
        }
    }

    /// `405` becomes `method-not-allowed`.
    private static func word(for status: HTTPResponse.Status) -> String {
        let phrase = status.reasonPhrase.lowercased().map { $0.isLetter ? $0 : "-" }
        return phrase.isEmpty ? "status-\(status.code)" : String(phrase)
    }
}

extension PostgresError {
    /// Whether the state of the database, not the statement, is the reason.
    var isOutage: Bool {
        switch kind {
        case .unavailable, .circuitOpen, .poolTimeout, .connectionLost, .tooManyConnections, .readOnly, .diskFull,
            .statementTimeout, .lockTimeout:
            true
        default: false
        }
    }
}
