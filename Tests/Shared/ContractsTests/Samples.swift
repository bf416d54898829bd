import Contracts
import Foundation
import Kernel

/// One message of every kind, with every field filled, as the golden files hold them.
enum Samples {
    static let ticket = ID<Ticket>("0192aaaa-0000-7000-8000-000000000001")!
    static let moment = WireJSON.date(from: "2026-11-22T08:30:00.125Z")!
    static let engineer = Person(id: ID("0192aaaa-0000-7000-8000-000000000004")!, name: "李工")

    static let customer = CustomerCard(
        id: ID("0192aaaa-0000-7000-8000-000000000002")!, name: "王小明", contact: "王太太", phone: "+8613800138000",
        email: "wang@example.cn", weChatOpenID: "oABC123", language: Open(.chinese))

    static func work(_ state: WorkState, from previous: WorkState?) -> WorkMoved {
        WorkMoved(
            workOrder: ID("0192aaaa-0000-7000-8000-000000000003")!, ticket: ticket, ticketNumber: "T1000001",
            subject: "打印机卡纸",
            department: "SH", state: state, previous: previous.map(Open.init), owner: engineer, actor: engineer,
            note: "带新硒鼓",
            customer: customer, address: "上海市南京东路 1 号", at: moment,
            place: WorkPlace(
                process: "s3-repair", processVersion: 1, step: "travel",
                title: Phrase(zh: "待上门", en: "Before the visit"),
                colour: "yellow", customer: Phrase(zh: "师傅将按约上门", en: "The engineer comes as agreed"), visit: 1,
                isEntered: true, outcome: "done"),
            happened: ["acted", "moved"],
            notices: [
                WorkNotice(
                    to: "owner", person: engineer, role: "engineer:2", occasion: "appointment",
                    text: Phrase(zh: "师傅将按约上门", en: "The engineer comes as agreed"),
                    words: Phrase(zh: "师傅明天到", en: "He comes tomorrow"),
                    window: WorkWindow(from: moment, until: moment.addingTimeInterval(7200)))
            ],
            callBack: CallBackWish(
                code: "site", within: "1 day forward", dueAt: moment.addingTimeInterval(86_400), stay: stay,
                passed: answer("passed", needsReason: false), failed: answer("failed", needsReason: true)),
            offers: [
                CustomerOffer(
                    wish: Open(.answer), action: "confirmed", visit: 1, title: Phrase(zh: "已解决", en: "Solved"),
                    needsReason: true,
                    fields: [
                        CustomerOffer.Field(
                            code: "rating", title: Phrase(zh: "评价", en: "Rating"), type: "choice", isRequired: true,
                            choices: [CustomerOffer.Choice(code: "good", title: Phrase(zh: "好", en: "Good"))],
                            min: 1, max: 5)
                    ])
            ],
            approvers: [
                StaffCard(id: engineer.id, name: engineer.name, email: "li@example.cn", language: Open(.chinese))
            ])
    }

    static let stay = CallBackWish.Stay(step: "callback", visit: 1, entry: 3)

    static func answer(_ action: String, needsReason: Bool) -> CallBackWish.Answer {
        CallBackWish.Answer(
            action: action, title: Phrase(zh: "回访结果", en: "Result"), needsReason: needsReason,
            fields: [
                CustomerOffer.Field(
                    code: "rating", title: Phrase(zh: "评价", en: "Rating"), type: "choice", isRequired: true,
                    choices: [CustomerOffer.Choice(code: "good", title: Phrase(zh: "好", en: "Good"))], min: 1, max: 5)
            ])
    }

    static func asked(_ wish: CustomerWish) -> CustomerAsked {
        CustomerAsked(
            ticket: ticket, ticketNumber: "T1000001", wish: wish, action: "confirmed", visit: 1,
            fields: ["rating": "good"], note: "谢谢", at: moment)
    }

    static func delivery(_ state: DeliveryState) -> DeliveryReported {
        DeliveryReported(
            delivery: ID("0192aaaa-0000-7000-8000-000000000005")!, ticket: ticket, ticketNumber: "T1000001",
            channel: Open(.sms), occasion: "ticket.created", state: state, recipient: "+86*********00",
            reason: "no route", at: moment)
    }

    static func callBack(_ state: CallBackState) -> CallBackMoved {
        CallBackMoved(
            callBack: ID("0192aaaa-0000-7000-8000-000000000006")!, ticket: ticket, ticketNumber: "T1000001",
            state: state,
            dueAt: moment.addingTimeInterval(86_400), at: moment,
            call: CallBackCall(
                attempt: 2, outcome: .satisfied, score: 5, note: "谢谢", by: engineer, stay: stay, action: "passed",
                fields: ["rating": "good"]))
    }

    static let all: [any Message] =
        [
            InboundRequest(
                subject: "打印机卡纸", description: "第三次了", kind: "repair", urgency: "high", department: "SH",
                customer: InboundRequest.Sender(
                    id: "0192aaaa-0000-7000-8000-000000000002", name: "王小明", contact: "王太太", phone: "138 0013 8000",
                    email: "wang@example.cn", weChatOpenID: "oABC123", language: "zh"),
                address: "上海市南京东路 1 号", productSerial: "SN-1", source: "station", key: "3", topic: "warranty"),
            InboundAnswer(
                request: "m-1", outcome: Open(.refused), ticket: ticket, number: "T1000001",
                faults: [FieldFault(field: "/subject", code: "required", message: "say what it is about")]),
            TicketCreated(
                ticket: ticket, number: "T1000001", channel: Open(.web), kind: Open(.repair), urgency: Open(.high),
                subject: "打印机卡纸", description: "第三次了", department: "SH", customer: customer, address: "上海市南京东路 1 号",
                productSerial: "SN-1", productModel: "M4600", isUnderWarranty: true, serviceLevel: "gold",
                source: "station", key: "3", topic: "warranty", createdAt: moment),
            StaffChanged(
                staff: engineer.id, name: "李工", department: "shanghai", roles: ["engineer", "station"], level: 2,
                skills: [StaffChanged.Skill(code: "dell", level: 3, until: "2027-01-31")], language: Open(.chinese),
                phone: "+8613800138000", email: "li@example.cn", isActive: true, at: moment),
            DepartmentChanged(
                code: "shanghai", chineseName: "上海服务站", englishName: "Shanghai station", parent: "service",
                kind: "station", timeZone: "Asia/Shanghai", isActive: true, at: moment),
            SendDelivery(delivery: ID("0192aaaa-0000-7000-8000-000000000005")!, channel: .sms),
        ] + zip(WorkState.allCases, [nil] + WorkState.allCases).map { work($0, from: $1) }
        + CustomerWish.allCases.map(asked) + DeliveryState.allCases.map(delivery) + CallBackState.allCases.map(callBack)
}
