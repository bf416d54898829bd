import Testing

/// S1, sales: an order that changes colour, rejected, out of stock, shipped (S1.16 to S1.20).
struct SalesStory {
    init(_ crew: Crew) async throws {
        try await crew.give("sales", to: "desk")
        let told = try await DepartmentsStory.call("s1-sales", crew, "1", "sales", "打印机多少钱")
        try await told.comes(to: "consulting")
        try await told.tell("desk", "actions/query", ["product": "打印机"], then: "consulting")
        #expect(try await told.refusal("desk", "actions/order", ["price": 99_900]) == "fields")
        try await told.tell(
            "desk", "actions/order", ["price": 99_900, "quantity": 2, "address": "南京路 1 号"], then: "ordered")
        try await told.isTold("manager", "order-new")
        #expect(try await told.refusal("desk", "actions/approve") == "role-missing")
        try await told.tell("manager", "actions/reject", reason: "价格不对", then: "consulting")
        try await told.isTold("desk", "order-rejected")
        try await told.tell("desk", "actions/order", ["price": 109_900], then: "ordered")
        try await told.tell("manager", "actions/approve", then: "approved")
        try await told.isTold("warehouse", "order-approved")
        try await told.tell("warehouse", "actions/short", reason: "只剩一台", then: "ordered")
        try await told.isTold("desk", "out-of-stock")
        try await told.tell("manager", "actions/approve", then: "approved")
        try await told.tell("warehouse", "actions/ship", ["waybill": "SF1"], then: "shipped")
        try await told.holdErrands(["stock-query", "shipment"])
        try await told.holdTimeline([
            "consulting", "consulting", "ordered", "consulting", "ordered", "approved", "ordered", "approved",
            "shipped",
        ])
        try await told.holdMails(["已受理", "订单已确认", "订单已确认", "已发货"])
    }
}
