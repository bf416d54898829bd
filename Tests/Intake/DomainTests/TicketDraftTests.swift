import Contracts
import Foundation
import IntakeDomain
import Kernel
import Testing

private func request(_ change: (inout InboundRequest) -> Void = { _ in }) -> InboundRequest {
    var request = InboundRequest(
        subject: "空调不制冷", description: "昨晚开始\n吹热风", kind: "repair", urgency: "high", department: "field-north",
        customer: InboundRequest.Sender(name: "王小明", phone: "138 0013 8000", email: "wang@example.cn", language: "zh"),
        address: "世纪大道 100 号", productSerial: "AC-2024-000135", source: "station", key: "3", topic: "warranty")
    change(&request)
    return request
}

private func faults(_ change: (inout InboundRequest) -> Void) -> [String] {
    TicketDraft(request(change)).faults.map { "\($0.field) \($0.code)" }
}

@Suite struct `A ticket draft` {
    @Test func `reads every field of a good request`() {
        let draft = TicketDraft(request())
        #expect(draft.faults.isEmpty)
        #expect(draft.subject == "空调不制冷")
        #expect(draft.description == "昨晚开始\n吹热风")
        #expect(draft.kind == Open(.repair))
        #expect(draft.urgency == .high)
        #expect(draft.department == "field-north")
        #expect(draft.sender.phone?.e164 == "+8613800138000")
        #expect(draft.sender.email?.text == "wang@example.cn")
        #expect(draft.sender.language == .chinese)
        #expect(draft.address == "世纪大道 100 号")
        #expect(draft.productSerial == "AC-2024-000135")
        #expect(draft.source == "station" && draft.key == "3" && draft.topic == "warranty")
    }

    @Test func `takes a question of normal urgency when nothing else is said`() {
        let draft = TicketDraft(
            request {
                $0.kind = nil; $0.urgency = nil; $0.description = nil; $0.department = nil
            })
        #expect(draft.faults.isEmpty)
        #expect(draft.kind == Open(.question))
        #expect(draft.urgency == .normal)
        #expect(draft.description.isEmpty)
        #expect(draft.department == nil)
    }

    @Test func `names every wrong field at once`() {
        let wrong = faults {
            $0 = InboundRequest(
                subject: " ", description: String(repeating: "x", count: 20_001), kind: "wish", urgency: "now",
                department: "Field North",
                customer: InboundRequest.Sender(
                    id: "17", name: String(repeating: "王", count: 101), contact: "a\u{7}b", phone: "12", email: "wang@",
                    weChatOpenID: "o p", language: "fr"),
                address: String(repeating: "路", count: 501), productSerial: String(repeating: "9", count: 101),
                source: "Station", key: "3a", topic: String(repeating: "x", count: 41))
        }
        #expect(
            Set(wrong) == [
                "/subject required", "/description tooLong", "/kind unknownValue", "/urgency unknownValue",
                "/department malformed", "/customer/id malformed", "/customer/name tooLong",
                "/customer/contact malformed", "/customer/phone malformed", "/customer/email malformed",
                "/customer/weChatOpenID malformed", "/customer/language unknownValue", "/address tooLong",
                "/productSerial tooLong", "/source malformed", "/key malformed", "/topic malformed",
            ])
        #expect(wrong.count == 17)
    }

    @Test func `wants a subject of 1 to 200 characters on one line`() {
        #expect(faults { $0.subject = nil } == ["/subject required"])
        #expect(faults { $0.subject = "" } == ["/subject required"])
        #expect(faults { $0.subject = "a" }.isEmpty)
        #expect(faults { $0.subject = String(repeating: "急", count: 200) }.isEmpty)
        #expect(faults { $0.subject = String(repeating: "急", count: 201) } == ["/subject tooLong"])
        #expect(faults { $0.subject = "one\r\nBcc: two" } == ["/subject malformed"])
        #expect(faults { $0.subject = "nul\u{0}" } == ["/subject malformed"])
        // A line end of C1, a line separator, a mark that turns the direction, no character at all.
        for scalar in ["\u{85}", "\u{2028}", "\u{202E}", "\u{2066}", "\u{FFFF}", "\u{1FFFE}"] {
            #expect(faults { $0.subject = "a\(scalar)b" } == ["/subject malformed"])
        }
        #expect(faults { $0.subject = "👩‍👧 ﬁ ｱ é" }.isEmpty)
        #expect(TicketDraft(request { $0.subject = "  cold \n" }).subject == "cold")
    }

    @Test func `counts characters as the database does, not as letters on paper`() {
        let family = "👨‍👩‍👧‍👦"
        #expect(faults { $0.subject = String(repeating: family, count: 28) }.isEmpty)
        #expect(faults { $0.subject = String(repeating: family, count: 29) } == ["/subject tooLong"])
    }

    @Test func `takes tabs and line ends in the description, and no other control character`() {
        #expect(faults { $0.description = "a\tb\r\nc" }.isEmpty)
        #expect(faults { $0.description = String(repeating: "字", count: 20_000) }.isEmpty)
        #expect(faults { $0.description = "a\u{0}" } == ["/description malformed"])
        #expect(faults { $0.description = "a\u{1B}[2J" } == ["/description malformed"])
    }

    @Test(arguments: ["service", "a", "field-north", "x9"]) func `knows the form of a department's code`(code: String) {
        #expect(faults { $0.department = code }.isEmpty)
    }

    @Test(arguments: ["", "9a", "-a", "Service", "a b", "部门", String(repeating: "a", count: 41)])
    func `refuses what is no department's code`(code: String) {
        #expect(faults { $0.department = code } == ["/department malformed"])
    }

    @Test func `wants a way to reach the customer`() {
        let way = "/customer required"
        #expect(faults { $0.customer = nil } == [way])
        #expect(faults { $0.customer = InboundRequest.Sender(name: "王小明") } == [way])
        #expect(faults { $0.customer = InboundRequest.Sender(name: "王", phone: "13800138000") }.isEmpty)
        #expect(faults { $0.customer = InboundRequest.Sender(name: "王", email: "w@example.cn") }.isEmpty)
        #expect(faults { $0.customer = InboundRequest.Sender(name: "王", weChatOpenID: "oABC_1-2") }.isEmpty)
        #expect(faults { $0.customer = InboundRequest.Sender(id: UUID().uuidString) }.isEmpty)
        // A wrong number is a wrong number, not a missing one.
        #expect(faults { $0.customer = InboundRequest.Sender(name: "王", phone: "1") } == ["/customer/phone malformed"])
    }

    @Test func `asks for a search when only that can tell all faults`() {
        let nameless = TicketDraft(
            request {
                $0.subject = nil; $0.customer?.name = nil
            })
        let unreachable = TicketDraft(
            request {
                $0.subject = nil; $0.customer = InboundRequest.Sender(phone: "x")
            })
        #expect(nameless.needsSearchForFaults)
        #expect(!unreachable.needsSearchForFaults)
        #expect(!TicketDraft(request()).needsSearchForFaults)
        #expect(!TicketDraft(request { $0.subject = nil }).needsSearchForFaults)
    }
}

@Suite struct `A request's fingerprint` {
    @Test func `is the same for the same request`() {
        #expect(request().fingerprint == request().fingerprint)
    }

    @Test func `differs with every field`() {
        let changes: [(inout InboundRequest) -> Void] = [
            { $0.subject = "x" }, { $0.description = "x" }, { $0.kind = "x" }, { $0.urgency = "x" },
            { $0.department = "x" }, { $0.address = "x" }, { $0.productSerial = "x" }, { $0.customer?.id = "x" },
            { $0.customer?.name = "x" }, { $0.customer?.contact = "x" }, { $0.customer?.phone = "x" },
            { $0.customer?.email = "x" }, { $0.customer?.weChatOpenID = "x" }, { $0.customer?.language = "x" },
            { $0.address = nil }, { $0.address = "" }, { $0.source = "x" }, { $0.key = "x" }, { $0.topic = "x" },
            { $0.source = nil }, { $0.key = nil }, { $0.topic = nil },
        ]
        let fingerprints = Set(changes.map { request($0).fingerprint } + [request().fingerprint])
        #expect(fingerprints.count == changes.count + 1)
    }

    @Test func `cannot be deceived by a text that looks like two fields`() {
        let one = InboundRequest(subject: "a;1:b", description: nil)
        let two = InboundRequest(subject: "a", description: "b")
        #expect(one.fingerprint != two.fingerprint)
    }
}
