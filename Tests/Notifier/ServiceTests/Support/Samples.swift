import Contracts
import Foundation
import Kernel
import NotifierDomain

@testable import NotifierService

enum Samples {
    static let ticket = ID<Ticket>(UUID(uuidString: "0198F5D4-1111-5222-8333-123456789ABC")!)
    static let delivery = ID<Delivery>(UUID(uuidString: "0198F5D4-7777-5888-8999-123456789ABC")!)

    static func outgoing(
        _ channel: NotifyChannel, to recipient: String, subject: String = "", body: String, attempt: Int = 1,
        delivery: ID<Delivery> = delivery
    ) -> Outgoing {
        Outgoing(
            delivery: delivery, attempt: attempt, ticket: ticket, recipient: Recipient(channel, recipient)!,
            subject: subject,
            body: body, createdAt: Date(timeIntervalSince1970: 1_795_336_200))
    }

    static func mail(_ body: String = "王芳，您好：\n\n您的服务请求已受理。\n", subject: String = "[T1000001] 已受理：空调不制冷") -> Outgoing {
        outgoing(.mail, to: "wang@example.cn", subject: subject, body: body)
    }

    static func mailSettings(port: Int, tls: NotifierSettings.Mail.TLS = .none) -> NotifierSettings.Mail {
        NotifierSettings.Mail(
            host: "127.0.0.1", port: port, from: "service@paidan.example", fromName: "派单服务", domain: "paidan.example",
            tls: tls, caFile: nil, user: nil, password: nil, workers: 4)
    }

    /// A step as a process words it.
    static let place = WorkPlace(
        process: "s3-repair", processVersion: 1, step: "offered", title: Phrase(zh: "待接单", en: "Offered"),
        colour: "orange", customer: Phrase(zh: "正在安排维修师傅", en: "An engineer is found"), visit: nil, isEntered: true)

    static func news(
        _ occasion: Occasion = .ticketCreated, ticket: ID<Ticket> = ID(UUID()), number: String = "T1000001",
        department: String = "hq"
    ) -> News {
        let customer = CustomerCard(
            id: ID(UUID()), name: "王芳", contact: nil, phone: "+8613800138000", email: "wang@example.cn",
            weChatOpenID: "oOPENID_1", language: Open(.chinese))
        let at = Date(timeIntervalSince1970: 1_795_336_200)
        guard occasion != .ticketCreated else {
            return News(
                TicketCreated(
                    ticket: ticket, number: number, channel: Open(.web), kind: Open(.repair), urgency: Open(.normal),
                    subject: "空调不制冷", description: "", department: department, customer: customer, address: "人民路1号",
                    productSerial: nil, createdAt: at))
        }
        return News(
            WorkMoved(
                workOrder: ID(UUID()), ticket: ticket, ticketNumber: number, subject: "空调不制冷", department: department,
                state: occasion == .workAccepted ? .accepted : .done, previous: nil,
                owner: Person(id: ID(UUID()), name: "李强"), actor: nil, note: nil, customer: customer, address: "人民路1号",
                at: at, place: occasion == .workStep ? place : nil,
                notices: occasion == .workStep
                    ? [WorkNotice(to: "customer", person: nil, occasion: "confirmed", text: place.customer)] : nil))!
    }
}
