internal import Contracts
internal import Foundation

/// What a caller is told of the ticket he opened.
enum TicketAnswer {
    /// Written by hand: no value of it can hold a character that JSON escapes, and every ticket passes here.
    static func json(of ticket: TicketCreated) -> String {
        """
        {"id":"\(ticket.ticket)","number":"\(ticket.number)","status":"received",\
        "createdAt":"\(WireJSON.text(of: ticket.createdAt))"}
        """
    }

    /// The number in an answer that was made by ``json(of:)``.
    static func number(in json: String) -> Substring {
        guard let start = json.range(of: "\"number\":\"")?.upperBound else { return "" }
        return json[start...].prefix { $0 != "\"" }
    }
}
