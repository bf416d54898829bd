internal import Foundation
internal import ReportingDomain

/// The whole life of a ticket.
struct TimelineJSON: Encodable, Sendable {
    let number: String
    let subject: String
    let customer: String
    let department: String
    let status: String
    let nodes: [NodeJSON]
    let incidents: [IncidentJSON]
    let messages: [MessageJSON]
    let callBacks: [CallBackJSON]
    /// What the customer asked for, the oldest first; whether it was done, the nodes say.
    let wishes: [WishJSON]
    /// What customers said who were called back, the first call first.
    let calls: [CallJSON]

    struct NodeJSON: Encodable, Sendable {
        let node: String
        /// Code of the step of its process, and the visit that stands in it.
        let step: String?
        let visit: Int?
        let titleZh: String
        let titleEn: String
        let who: String?
        let from: Date
        let until: Date?
        /// Milliseconds as a fraction; counts up while the ticket, or the visit, is here.
        let seconds: Double?

        init(_ stretch: Timeline.Stretch) {
            node = stretch.node.rawValue
            step = stretch.step?.code
            visit = stretch.step?.visit
            titleZh = stretch.step?.titleZh ?? stretch.node.titleZh
            titleEn = stretch.step?.titleEn ?? stretch.node.titleEn
            who = stretch.who
            from = stretch.from
            until = stretch.until
            seconds = stretch.seconds.map { ($0 * 1000).rounded() / 1000 }
        }
    }

    /// What happened beside the steps.
    struct IncidentJSON: Encodable, Sendable {
        let incident: String
        let titleZh: String
        let titleEn: String
        let who: String?
        let note: String?
        let at: Date
        let until: Date?
        /// How long the work rested; nil for what takes no time.
        let seconds: Double?

        init(_ event: Timeline.Event) {
            incident = event.incident.rawValue
            titleZh = event.incident.titleZh
            titleEn = event.incident.titleEn
            who = event.who
            note = event.note
            at = event.at
            until = event.until
            seconds = event.seconds.map { ($0 * 1000).rounded() / 1000 }
        }
    }

    struct MessageJSON: Encodable, Sendable {
        let occasion: String
        let channel: String
        let recipient: String
        let state: String
        let reason: String?
        let at: Date
    }

    struct CallBackJSON: Encodable, Sendable {
        let state: String
        let dueAt: Date
        let at: Date
    }
}

extension TimelineJSON {
    struct CallJSON: Encodable, Sendable {
        let attempt: Int
        let outcome: String
        /// 1 (worst) to 5.
        let score: Int?
        let note: String?
        let who: String
        let at: Date
    }

    struct WishJSON: Encodable, Sendable {
        let wish: String
        /// Code of the action of his work's process, and the visit that it is about.
        let action: String?
        let visit: Int?
        let note: String?
        let at: Date
    }
}

struct TicketListJSON: Encodable, Sendable {
    let tickets: [TicketLineJSON]
}

struct TicketLineJSON: Encodable, Sendable {
    let number: String
    let subject: String
    let customer: String
    let department: String
    let status: String
    let statusAt: Date
    /// Who has it; nil while nobody has.
    let who: String?
    let createdAt: Date?
}
