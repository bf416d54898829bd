import Contracts
import Foundation
import IntakeDomain
import Kernel
import Testing

private let now = Date(timeIntervalSince1970: 1_800_000_000)
private let circumstances = OpenTicket.Circumstances(
    ticket: ID(UUID()), number: "T1000001", newCustomer: ID(UUID()), channel: Open(.web), department: "service")
private let known = KnownCustomer(
    id: ID(UUID()), name: "王小明", phone: "+8613800138000", email: "wang@example.cn", weChatOpenID: "oW",
    language: Open(.english), serviceLevel: "gold")

private func draft(_ customer: InboundRequest.Sender, subject: String? = "漏水", department: String? = nil) -> TicketDraft
{
    TicketDraft(InboundRequest(subject: subject, department: department, customer: customer))
}

private func faults(_ draft: TicketDraft, known: KnownCustomer? = nil) -> [String] {
    do throws(InvalidInput) {
        _ = try OpenTicket.decide(draft, known: known, circumstances, now: now)
        return []
    } catch {
        return error.faults.map { "\($0.field) \($0.code)" }
    }
}

@Suite struct `Opening a ticket` {
    @Test func `makes a new customer of whoever is not known`() throws {
        let ticket = try OpenTicket.decide(
            draft(InboundRequest.Sender(name: "李芳", contact: "小李", phone: "13800138002")), known: nil, circumstances,
            now: now)
        #expect(ticket.ticket == circumstances.ticket)
        #expect(ticket.number == "T1000001")
        #expect(ticket.createdAt == now)
        #expect(ticket.department == "service")
        #expect(
            ticket.customer
                == CustomerCard(
                    id: circumstances.newCustomer, name: "李芳", contact: "小李", phone: "+8613800138002", email: nil,
                    weChatOpenID: nil, language: Open(.chinese)))
    }

    @Test func `fills in what is known of a customer`() throws {
        let ticket = try OpenTicket.decide(
            draft(InboundRequest.Sender(phone: "13800138000")), known: known, circumstances, now: now)
        #expect(ticket.serviceLevel == "gold")
        #expect(
            ticket.customer
                == CustomerCard(
                    id: known.id, name: "王小明", contact: nil, phone: "+8613800138000", email: "wang@example.cn",
                    weChatOpenID: "oW", language: Open(.english)))
    }

    @Test func `lets the request go before what is stored`() throws {
        let ticket = try OpenTicket.decide(
            draft(
                InboundRequest.Sender(name: "王太太", phone: "13800138000", email: "Other@example.cn", language: "zh"),
                department: "field"), known: known, circumstances, now: now)
        #expect(ticket.customer.id == known.id)
        #expect(ticket.customer.name == "王太太")
        #expect(ticket.customer.email == "Other@example.cn")
        #expect(ticket.customer.weChatOpenID == "oW")
        #expect(ticket.customer.language == Open(.chinese))
        #expect(ticket.department == "field")
    }

    @Test func `wants a name of who is not known`() {
        let nameless = draft(InboundRequest.Sender(phone: "13800138000"))
        #expect(faults(nameless) == ["/customer/name required"])
        #expect(faults(nameless, known: known).isEmpty)
        #expect(faults(draft(InboundRequest.Sender(name: "  ", phone: "13800138000"))) == ["/customer/name required"])
    }

    @Test func `refuses the id of nobody`() {
        let stranger = draft(InboundRequest.Sender(id: UUID().uuidString))
        #expect(faults(stranger) == ["/customer/id unknownValue"])
        #expect(faults(stranger, known: known).isEmpty)
    }

    @Test func `names the draft's faults and its own together`() {
        #expect(
            Set(faults(draft(InboundRequest.Sender(phone: "12"), subject: nil)))
                == ["/subject required", "/customer/phone malformed", "/customer/name required"])
        #expect(
            Set(faults(TicketDraft(InboundRequest())))
                == ["/subject required", "/customer required", "/customer/name required"])
        #expect(faults(draft(InboundRequest.Sender(id: "7"))) == ["/customer/id malformed"])
    }
}

@Suite struct `The status a customer sees` {
    @Test func `says dispatching while nobody has accepted, and else where the work stands`() {
        let words = WorkState.allCases.map { CustomerStatus($0).rawValue }
        #expect(words == ["dispatching", "accepted", "travelling", "onSite", "done", "closed"])
    }
}
