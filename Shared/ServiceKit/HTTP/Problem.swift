private import Foundation
public import HTTPTypes
public import Hummingbird
public import HummingbirdCore
public import Kernel
private import NIOCore
private import Tracing

/// An RFC 9457 problem document.
///
/// As JSON: `type`, `title`, `status`, `detail`, `words` (what is wrong, for people, in `zh` and `en`), `instance` (the
/// request's path), `traceId` (to be found in the log), `errors`, one for each field that was wrong, `condition`, which one
/// does not hold, and `current`, what a change was refused for having overlooked. `title`, `detail` and each error's `message` are in the language that
/// `Accept-Language` asks for.
public struct Problem: Error, Sendable, Hashable, HTTPResponseError {
    public let status: HTTPResponse.Status
    /// One word for programs, the end of the type's URI: `tag:paidan,2026:problem/<type>`.
    public let type: String
    /// The same for every problem of this type.
    public let title: String
    /// About this one; shown to whoever asked, so nothing of the inside may be in it.
    public let detail: String?
    public let faults: [FieldFault]
    /// Sent as `Retry-After` in whole seconds, at least one.
    public let retryAfter: Duration?
    /// Further headers of the answer: `Allow`, `WWW-Authenticate`.
    public var headers: HTTPFields = [:]
    /// What is wrong, for people; nil: the common words of the type.
    public var words: Phrase?
    /// The condition that does not hold, in codes, for programs.
    public var condition: String?
    /// The present state as JSON, for whoever looked at an older one.
    public var current: [UInt8]?

    public init(
        _ status: HTTPResponse.Status, type: String, title: String, detail: String? = nil, faults: [FieldFault] = [],
        retryAfter: Duration? = nil
    ) {
        self.status = status
        self.type = type
        self.title = title
        self.detail = detail
        self.faults = faults
        self.retryAfter = retryAfter
    }

    public func response(from request: Request, context: some RequestContext) throws -> Response {
        let language = Self.language(asked: request.headers[.acceptLanguage])
        let document = document(about: String(request.uri.path.prefix(512)), in: language)
        var headers = headers
        headers[.contentType] = "application/problem+json"
        headers[.contentLanguage] = language.rawValue
        headers[.vary] = "Accept-Language"
        if let retryAfter { headers[.retryAfter] = String(max(retryAfter.components.seconds, 1)) }
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: document)))
    }

    /// - Parameter instance: the request's path; nil when it could not be read.
    func document(about instance: String?, in language: Language) -> [UInt8] {
        let words = words ?? commonWords
        let title = language == .chinese ? ProblemChinese.title(self) : title
        let detail = language == .chinese ? words?.zh ?? ProblemChinese.byStatus(status) + "。" : detail
        var json = JSONText()
        json.raw("{\"type\":")
        json.string("tag:paidan,2026:problem/" + type)
        json.raw(",\"title\":")
        json.string(title)
        json.raw(",\"status\":\(status.code)")
        if let detail {
            json.raw(",\"detail\":")
            json.string(detail)
        }
        if let words {
            json.raw(",\"words\":{\"zh\":")
            json.string(words.zh)
            json.raw(",\"en\":")
            json.string(words.en)
            json.raw("}")
        }
        if let instance {
            json.raw(",\"instance\":")
            json.string(instance)
        }
        if let trace = ServiceContext.current?.traceContext { json.raw(",\"traceId\":\"\(trace.traceIDText)\"") }
        if !faults.isEmpty {
            json.raw(",\"errors\":[")
            for (index, fault) in faults.enumerated() {
                json.raw(index == 0 ? "{\"field\":" : ",{\"field\":")
                json.string(fault.field)
                json.raw(",\"code\":")
                json.string(fault.code)
                let words = Self.words(of: fault)
                json.raw(",\"message\":")
                json.string(words[language])
                json.raw(",\"words\":{\"zh\":")
                json.string(words.zh)
                json.raw(",\"en\":")
                json.string(words.en)
                json.raw("}")
                json.raw("}")
            }
            json.raw("]")
        }
        if let condition {
            json.raw(",\"condition\":")
            json.string(condition)
        }
        if let current {
            json.raw(",\"current\":")
            json.raw(bytes: current)
        }
        json.raw("}")
        return json.bytes
    }

    /// Chinese for whoever asks for it first (RFC 9110 section 12.5.4); programs that ask for nothing read English.
    static func language(asked: String?) -> Language {
        let first = (asked ?? "").lowercased().prefix { $0 != "," && $0 != ";" && $0 != "-" }
        return first.filter { $0 != " " } == "zh" ? .chinese : .english
    }
}
