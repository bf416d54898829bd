import Contracts
import DispatcherDomain
import Foundation
import Hummingbird
import HummingbirdCore
import Kernel
import ServiceKit

/// `POST /api/dispatch/v1/sync`: what a telephone has done without a line (docs/phone.md).
struct SyncRoutes: Sendable {
    /// Bytes of a body.
    static let bodyLimit = 1 << 20

    let identity: IdentityCheck
    let sync: SyncPhone

    func add(to api: RouterGroup<RequestScope>) { api.post("sync", use: run) }

    /// 200 with an answer to each command, whatever became of it.
    @Sendable private func run(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await identity.require(request)
        let body = try await request.json(SyncJSON.self, limit: Self.bodyLimit)
        return try .json(SyncAnswerJSON(try await sync(try body.batch(), for: caller), device: body.device))
    }
}

struct SyncJSON: Decodable, Sendable {
    /// Made by the telephone when the suite was installed on it.
    let device: UUID
    /// What its clock says when this is sent.
    let sentAt: Date
    /// It has more to say than this.
    var more: Bool?
    let commands: [CommandJSON]

    /// - Throws: a 422 problem for what no telephone may say, with every fault; nothing was done then.
    func batch() throws -> SyncPhone.Batch {
        var faults: [FieldFault] = []
        func fault(_ field: String, _ code: String, _ message: String) {
            faults.append(FieldFault(field: field, code: code, message: message))
        }
        if commands.count > SyncPhone.most { fault("/commands", "tooLong", "At most \(SyncPhone.most) commands.") }
        var (ids, numbers) = (Set<UUID>(), Set<Int64>())
        for (index, command) in commands.prefix(SyncPhone.most).enumerated() {
            let place = "/commands/\(index)"
            if !ids.insert(command.id).inserted {
                fault("\(place)/id", "conflict", "Each command has an id of its own.")
            }
            if !numbers.insert(command.sequence).inserted {
                fault("\(place)/sequence", "conflict", "Each command has a number of its own.")
            }
            if !(1...1 << 53).contains(command.sequence) { fault("\(place)/sequence", "malformed", "From 1.") }
            faults += command.faults(at: place)
        }
        guard faults.isEmpty else { throw Problem.invalid(faults) }
        return SyncPhone.Batch(
            device: device, sentAt: sentAt, isPartial: more ?? false,
            commands: commands.compactMap { $0.command })
    }
}

struct SyncAnswerJSON: Encodable, Sendable {
    let device: String
    let receivedAt: Date
    /// Seconds that were added to the telephone's times; 0 when its clock is right.
    let clockCorrection: Int
    let next: Int64
    let answers: [PhoneAnswerJSON]

    init(_ outcome: SyncPhone.Outcome, device: UUID) {
        self.device = device.lowercaseText
        receivedAt = outcome.receivedAt
        clockCorrection = Int(outcome.correction.rounded())
        next = outcome.next
        answers = outcome.answers.map(PhoneAnswerJSON.init)
    }
}

struct PhoneAnswerJSON: Encodable, Sendable {
    let id: String
    let sequence: Int64
    let result: PhoneAnswer.Result
    let repeated: Bool
    let conflict: PhoneConflict?
    let rule: String?
    let words: Phrase?
    let errors: [FieldFault]?
    let now: PhoneStand?
    let at: Date
    let judgedAt: Date?
    let clamped: JudgedTime.Clamp?

    init(_ answer: PhoneAnswer) {
        id = answer.id.lowercaseText
        sequence = answer.sequence
        result = answer.result
        repeated = answer.repeated
        conflict = answer.conflict
        rule = answer.rule
        words = answer.words
        errors = answer.faults
        now = answer.now
        at = answer.at
        judgedAt = answer.judgedAt
        clamped = answer.clamped
    }
}
