import DispatcherDomain
import Foundation
import StackSupport
import Testing

extension `The suite` {
    /// With every shipped process in force at once, by nothing but what the ticket says.
    @Test func `chooses the process that names most of what a ticket says, of all that are in force`() async throws {
        try await DepartmentsStory.found(at: stack)
        let admin = try await Person.signIn("admin", at: stack)
        let desk = try await stack.desk()
        let shipped = ShippedProcesses.texts.keys.sorted()
        func inForce(_ processes: [String], _ isWanted: Bool) async throws {
            for process in processes where process != ShippedProcesses.standard {
                let path = "/api/dispatch/v1/processes/\(process)"
                let answer =
                    isWanted
                    ? try await admin.post("\(path)/versions/newest/in-force")
                    : try await admin.delete("\(path)/in-force")
                try #require(answer.status == 204, "\(process): \(answer.status) \(answer.text)")
            }
        }
        func chosen(_ kind: String, key: String? = nil, department: String? = nil) async throws -> String {
            var request: [String: Any] = ["subject": "谁来做", "kind": kind, "description": "谁来做"]
            request["customer"] = ["name": "张三", "phone": "13800138031"]
            request["key"] = key
            request["department"] = department
            let answer = try await desk.post(
                "/api/intake/v1/tickets", request, headers: ["idempotency-key": UUID().uuidString])
            let number = try #require(answer.object["number"] as? String, "\(answer.status) \(answer.text)")
            return try await eventually("a work order for \(number)") {
                let list = try await desk.get("/api/dispatch/v1/work-orders?ticket=\(number)")
                let order = (list.object["items"] as? [[String: Any]])?.first
                return (order?["process"] as? [String: Any])?["code"] as? String
            }
        }
        try await inForce(shipped, true)
        for (key, department, process) in [
            ("1", "sales", "s1-sales"), ("2", "telephone", "s1-telephone"), ("3", "computer", "s1-computer"),
            ("4", "software", "s1-software"), ("5", "equipment", "s1-other"), ("9", "complaints", "s1-complaints"),
        ] {
            #expect(try await chosen("repair", key: key, department: department) == process)
        }
        // The key alone is no department, and another department's key chooses nothing.
        #expect(try await chosen("repair", key: "3") == "s0-stations")
        #expect(try await chosen("repair", key: "3", department: "software") == "s0-stations")
        for (kind, process) in [
            ("question", "s0-direct"), ("requirement", "s0-direct"), ("repair", "s0-stations"),
            ("maintenance", "s3-repair"), ("field-order", "s4-onsite"), ("project", "s4-project"),
        ] {
            #expect(try await chosen(kind) == process)
        }
        // Equally close are taken by their codes; a company has one of them in force.
        for (left, kind, process) in [
            ("s0-stations", "repair", "s3-repair"), ("s3-repair", "repair", "s4-onsite"),
            ("s0-direct", "complaint", "s4-complaint"), ("s4-complaint", "complaint", "s2-generic"),
            ("s2-generic", "question", "s4-hotline"), ("s4-hotline", "question", ShippedProcesses.standard),
        ] {
            try await inForce([left], false)
            #expect(try await chosen(kind) == process, "without \(left)")
        }
        try await inForce(shipped, false)
    }
}
