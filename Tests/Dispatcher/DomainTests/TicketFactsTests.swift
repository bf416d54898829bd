import Contracts
import DispatcherDomain
import Foundation
import Kernel
import Testing

@Suite struct `What a ticket tells` {
    private static func ticket(
        key: String? = nil, source: String? = nil, topic: String? = nil, model: String? = nil, warranty: Bool? = nil,
        level: String? = nil
    ) -> TicketCreated {
        let id = UUID()
        return TicketCreated(
            ticket: ID(id), number: "T1000001", channel: Open(.phone), kind: Open(.repair), urgency: Open(.normal),
            subject: "不开机", description: "", department: "computer",
            customer: CustomerCard(
                id: ID(id), name: "张三", contact: nil, phone: "+8613800138000", email: nil, weChatOpenID: nil,
                language: Open(.chinese)),
            address: nil, productSerial: nil, productModel: model, isUnderWarranty: warranty, serviceLevel: level,
            source: source, key: key, topic: topic, createdAt: Date(timeIntervalSince1970: 1_800_000_000))
    }

    @Test func `is there for the conditions of processes`() {
        let facts = Facts.of(
            Self.ticket(key: "3", source: "station", topic: "sales", model: "M4600", warranty: false, level: "vip"),
            inHours: nil)
        #expect(facts["ticket.key"] == "3" && facts["ticket.source"] == "station" && facts["ticket.topic"] == "sales")
        #expect(facts["product.model"] == "M4600" && facts["product.warranty"] == false)
        #expect(facts["customer.level"] == "vip")
        let silent = Facts.of(Self.ticket(), inHours: nil)
        for name in ["ticket.key", "ticket.source", "ticket.topic", "product.model", "product.warranty"] {
            #expect(silent[name] == nil, "\(name)")
        }
    }

    /// S1.13, S1.14.
    @Test(arguments: [
        ("1", "sales", "s1-sales"), ("2", "telephone", "s1-telephone"), ("3", "computer", "s1-computer"),
        ("4", "software", "s1-software"), ("5", "equipment", "s1-other"), ("9", "complaints", "s1-complaints"),
    ])
    func `leads by the key that was pressed to the department's process`(
        key: String, department: String, code: String
    ) throws {
        let definitions = try ShippedProcesses.texts.keys.sorted().map { try ShippedProcesses.read($0).definition }
            .filter { $0.code.hasPrefix("s1-") }
        func chosen(_ ticket: TicketCreated) -> String? {
            ProcessDefinition.choose(
                among: definitions, kind: "repair", department: department, facts: Facts.of(ticket, inHours: nil))?
                .code
        }
        #expect(chosen(Self.ticket(key: key)) == code)
        #expect(chosen(Self.ticket()) == nil)
    }
}
