public import Contracts
public import Foundation
public import Kernel

/// What somebody may be told about, the customer but for the last. The words are the types of the events that cause it.
public enum Occasion: String, Sendable, CaseIterable {
    case ticketCreated = "ticket.created"
    case workAccepted = "work.accepted"
    case workDone = "work.done"
    /// Any other step that a process wants the customer told of; it says in which words.
    case workStep = "work.step"
    /// A member of staff may grant what somebody asked for.
    case workApproval = "work.approval"

    /// Its place in a ticket's story: customers read them in this order.
    public var step: Int {
        switch self {
        case .ticketCreated: 1
        case .workAccepted, .workStep, .workApproval: 2
        case .workDone: 3
        }
    }
}

/// One event, reduced to what a message to one person needs.
public struct News: Sendable, Hashable {
    public let occasion: Occasion
    public let ticket: ID<Ticket>
    public let number: String
    public let department: String
    public let subject: String
    /// Whom the message is for: the customer, or a member of staff as if he were one.
    public let customer: CustomerCard
    public let address: String?
    /// Who comes, or who asks for a grant; nil before somebody has accepted.
    public let engineer: String?
    /// How it stands, in the words of the work's process; nil where these are the template's.
    public let progress: Phrase?
    public let at: Date

    public init(_ event: TicketCreated) {
        occasion = .ticketCreated
        ticket = event.ticket
        number = event.number
        department = event.department
        subject = event.subject
        customer = event.customer
        address = event.address
        engineer = nil
        progress = nil
        at = event.createdAt
    }

    /// - Returns: nil for a step that customers are not told of.
    public init?(_ event: WorkMoved) {
        if event.place != nil {
            // Its process says whether the customer is told, and in which words.
            guard let notice = event.notices?.last(where: { $0.to == WorkNotice.customer }) else { return nil }
            let words = notice.words ?? notice.text ?? event.place?.title
            progress = notice.window.map { Self.words($0, after: words) } ?? words
            occasion =
                switch notice.occasion {
                // Words of the process's own stand in the template that has room for them.
                case _ where notice.words != nil: .workStep
                case "accepted": .workAccepted
                case "done": .workDone
                default: .workStep
                }
        } else {
            progress = nil
            switch event.state {
            case .accepted: occasion = .workAccepted
            case .done: occasion = .workDone
            case .offered, .travelling, .onSite, .closed: return nil
            }
        }
        ticket = event.ticket
        number = event.ticketNumber
        department = event.department
        subject = event.subject
        customer = event.customer
        address = event.address
        engineer = event.owner?.name ?? event.actor?.name
        at = event.at
    }

    /// One for each member of staff who may grant what waits for a grant since this event.
    public static func approvals(_ event: WorkMoved) -> [News] {
        (event.approvers ?? []).map { News(event, for: $0) }
    }

    private init(_ event: WorkMoved, for approver: StaffCard) {
        occasion = .workApproval
        ticket = event.ticket
        number = event.ticketNumber
        department = event.department
        subject = event.subject
        customer = CustomerCard(
            id: ID(approver.id.value), name: approver.name, contact: nil, phone: nil, email: approver.email,
            weChatOpenID: nil, language: approver.language)
        address = nil
        engineer = event.actor?.name
        progress = event.place?.title
        at = event.at
    }

    /// Every word that a template may use.
    public static let words = ["number", "subject", "customer", "engineer", "address", "time", "progress"]

    /// What the words stand for here; one without a value is absent, so that `{{#engineer}}` leaves its section out.
    public func values(in language: Language) -> [String: String] {
        var values = [
            "number": number, "subject": subject, "customer": customer.contact ?? customer.name,
            "time": Self.clockText(at),
        ]
        values["engineer"] = engineer
        values["address"] = address
        values["progress"] = progress?[language]
        return values
    }

    /// How it stands, and when somebody comes: `待上门，2026-11-22 09:00–11:00`.
    private static func words(_ window: WorkWindow, after words: Phrase?) -> Phrase {
        var text = clockText(window.from)
        if let until = window.until.map(clockText) {
            text += "–" + (until.prefix(10) == text.prefix(10) ? String(until.suffix(5)) : until)
        }
        guard let words else { return Phrase(zh: text, en: text) }
        return Phrase(zh: "\(words.zh)，\(text)", en: "\(words.en), \(text)")
    }

    /// `2026-11-22 16:30`, by the clock on a wall in China.
    static func clockText(_ date: Date) -> String {
        let style = Date.ISO8601FormatStyle(
            dateTimeSeparator: .space, timeZone: TimeZone(secondsFromGMT: 8 * 3600) ?? .gmt)
        return String(
            style.year().month().day().dateSeparator(.dash).time(includingFractionalSeconds: false).format(date).prefix(
                16))
    }
}
