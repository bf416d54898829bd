import Contracts
import DispatcherDomain
import Foundation
import Kernel

/// An offer as the API shows it.
struct OfferJSON: Encodable, Sendable {
    let id: String
    let workOrder: String
    let visit: Int?
    let kind: String
    let department: String
    let role: String?
    /// By name; of a pool nobody: everybody of the role.
    let asked: [Person]
    let station: String?
    let offeredAt: Date
    let offeredBy: Person?
    /// Who had it before a transfer.
    let from: Person?
    let expiresAt: Date?
    let answers: [AnswerJSON]
    let end: EndJSON?

    struct AnswerJSON: Encodable, Sendable {
        let staff: Person
        let at: Date
        let reason: String
        let words: Phrase
        let note: String?
    }

    struct EndJSON: Encodable, Sendable {
        let outcome: String
        let words: Phrase
        let at: Date
        let by: Person?
    }

    init(_ offer: WorkOffer) {
        id = offer.id.description
        workOrder = offer.order.description
        visit = offer.scope.visitNumber
        kind = offer.kind.rawValue
        department = offer.department
        role = offer.role?.description
        asked = offer.asked
        station = offer.station
        offeredAt = offer.offeredAt
        offeredBy = offer.offeredBy
        from = offer.from
        expiresAt = offer.expiresAt
        answers = offer.answers.map {
            AnswerJSON(staff: $0.staff, at: $0.at, reason: $0.reason.rawValue, words: $0.reason.words, note: $0.note)
        }
        end = offer.end.map {
            EndJSON(outcome: $0.outcome.rawValue, words: $0.outcome.words, at: $0.at, by: $0.by)
        }
    }
}

/// An offer that waits for one's word, with what the job is about.
struct OfferLineJSON: Encodable, Sendable {
    let offer: OfferJSON
    let ticketNumber: String
    let subject: String
    let address: String?

    init(_ line: OfferDesk.Line) {
        offer = OfferJSON(line.offer)
        ticketNumber = line.ticketNumber
        subject = line.subject
        address = line.address
    }
}

/// Whom to send, the best first.
struct SuggestionJSON: Encodable, Sendable {
    /// What was looked for.
    let needs: NeedsJSON
    let items: [EngineerJSON]
    /// Those who cannot come, each with what stands against it.
    let unfit: [EngineerJSON]
    let fittingCount: Int
    let unfitCount: Int

    struct NeedsJSON: Encodable, Sendable {
        let role: String
        let skills: [SkillNeedJSON]
        let minutes: Int
        let territory: [String]
        let authorised: [String]?
    }

    struct SkillNeedJSON: Encodable, Sendable {
        let skill: String
        let level: Int
    }

    struct EngineerJSON: Encodable, Sendable {
        let staff: Person
        let department: String
        /// To be named with him, since he does not see the work where it is; nil: he does.
        let moveTo: String?
        let open: Int
        let freeAt: Date?
        let reasons: [ReasonJSON]
    }

    struct ReasonJSON: Encodable, Sendable {
        let code: String
        let words: Phrase
    }

    init(_ answer: FindEngineers.Answer, limit: Int) {
        let job = answer.job
        needs = NeedsJSON(
            role: job.role.description,
            skills: job.skills.map { SkillNeedJSON(skill: $0.skill, level: $0.level) }, minutes: Int(job.length / 60),
            territory: job.territory, authorised: job.authorised?.sorted())
        func line(_ candidate: Suggestion.Candidate) -> EngineerJSON {
            let engineer = candidate.engineer
            return EngineerJSON(
                staff: engineer.person, department: engineer.department,
                moveTo: answer.seers.contains(engineer.department) ? nil : engineer.department, open: engineer.open,
                freeAt: candidate.freeAt,
                reasons: candidate.reasons.map { ReasonJSON(code: $0.code, words: $0.words) })
        }
        items = answer.suggestion.fitting.prefix(limit).map(line)
        unfit = answer.suggestion.unfit.prefix(limit).map(line)
        fittingCount = answer.suggestion.fitting.count
        unfitCount = answer.suggestion.unfit.count
    }
}
