public import Contracts
import Foundation

extension Facts {
    /// What a ticket tells; what it does not say is left out.
    ///
    /// - Parameter inHours: whether it came in working hours (S2.5); nil when no calendar says.
    public static func of(_ ticket: TicketCreated, inHours: Bool?) -> [String: FieldValue] {
        let customer = ticket.customer
        let texts: [String: String?] = [
            "ticket.kind": ticket.kind.rawValue, "ticket.urgency": ticket.urgency.rawValue,
            "ticket.channel": ticket.channel.rawValue, "ticket.subject": ticket.subject,
            "ticket.description": ticket.description, "ticket.number": ticket.number, "customer.name": customer.name,
            "customer.contact": customer.contact, "customer.phone1": customer.phone, "customer.mobile": customer.phone,
            "customer.email": customer.email, "customer.address": ticket.address,
            "customer.level": ticket.serviceLevel, "product.serial": ticket.productSerial,
            "product.model": ticket.productModel, "ticket.source": ticket.source, "ticket.key": ticket.key,
            "ticket.topic": ticket.topic,
        ]
        var facts = texts.compactMapValues { text in
            text.flatMap { $0.allSatisfy(\.isWhitespace) ? nil : FieldValue.text($0) }
        }
        facts["ticket.created"] = .time(ticket.createdAt)
        if let isUnderWarranty = ticket.isUnderWarranty { facts["product.warranty"] = .flag(isUnderWarranty) }
        if let inHours { facts["ticket.in_hours"] = .flag(inHours) }
        return facts
    }
}
