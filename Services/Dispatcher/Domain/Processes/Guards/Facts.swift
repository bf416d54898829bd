/// Names that a condition may use beside the fields: what ticket, customer and the work's own course tell.
public enum Facts {
    /// Given by whoever asks for the decision.
    static let outside: [String: NameType] = [
        "ticket.kind": .text(codes: nil), "ticket.urgency": .text(codes: ["low", "normal", "high", "critical"]),
        "ticket.channel": .text(codes: ["web", "phone", "mail", "fax", "wechat"]),
        "ticket.source": .text(codes: nil), "ticket.key": .text(codes: nil), "ticket.topic": .text(codes: nil),
        "ticket.subject": .text(codes: nil), "ticket.description": .text(codes: nil),
        "ticket.number": .text(codes: nil), "ticket.created": .time, "ticket.in_hours": .flag,
        "customer.name": .text(codes: nil), "customer.level": .text(codes: nil), "customer.type": .text(codes: nil),
        "customer.organisation": .text(codes: nil), "customer.department": .text(codes: nil),
        "customer.contact": .text(codes: nil), "customer.address": .text(codes: nil),
        "customer.phone1": .text(codes: nil), "customer.phone2": .text(codes: nil),
        "customer.mobile": .text(codes: nil), "customer.pager": .text(codes: nil), "customer.email": .text(codes: nil),
        "customer.contract": .flag, "product.model": .text(codes: nil), "product.serial": .text(codes: nil),
        "product.warranty": .flag,
    ]

    /// Known by the process itself: rounds of rework, visits opened, visits not ended, urges, transfers, and whether
    /// the work is at a vendor's; `visit.number` tells which visit it is,
    /// `visit.code` the same with the work order's number, as on paper: `T1000001-2`.
    static let own: [String: NameType] = [
        "work.number": .text(codes: nil), "work.rounds": .number, "work.visits": .number, "work.open_visits": .number,
        "work.urges": .number, "work.transfers": .number, "work.at_vendor": .flag, "visit.number": .number,
        "visit.code": .text(codes: nil),
    ]

    public static var names: [String] { (Array(outside.keys) + own.keys).sorted() }

    static func type(_ name: String) -> NameType? { outside[name] ?? own[name] }
}
