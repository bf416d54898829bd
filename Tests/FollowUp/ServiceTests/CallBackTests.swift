import Contracts
@testable import FollowUpService
import Foundation
import Hummingbird
import HummingbirdTesting
import Kernel
import Messaging
import Postgres
import ServiceKit
import TestSupport
import Testing

@Suite struct `A call-back` {
    @Test func `is planned once when the work is done, and falls due once when the clock comes to it`() async throws {
        try await withFollowUp { followUp in
            let timers = [FollowUpService.timers(followUp.kit), FollowUpService.timers(followUp.kit)]
            try await running([followUp.kit.relay, followUp.consumer] + timers) {
                let message = UUID()
                try await followUp.say(.travelling, version: 3, at: followUp.doneAt - 60)
                try await followUp.say(.done, version: 5, at: followUp.doneAt, id: message)
                try await eventually("the call-back is planned") { try await followUp.sent("callback.planned.v1") == 1 }
                // The same message again, the same work in another message, and a later step: nothing more is planned.
                try await followUp.say(.done, version: 5, at: followUp.doneAt, id: message)
                try await followUp.say(.done, version: 5, at: followUp.doneAt)
                try await followUp.say(.closed, version: 6, at: followUp.doneAt + 60)
                try await eventually("all is heard") { try await followUp.heard() == 4 }
                let planned = try #require(try await followUp.callBacks().first)
                #expect(planned == "T1000001 planned 1 \(WireJSON.text(of: followUp.dueAt))")
                #expect(try await followUp.callBacks().count == 1)
                #expect(try await followUp.sent("callback.due.v1") == 0)

                try await followUp.advanceClock(days: 2)
                try await eventually("the call-back is due") { try await followUp.sent("callback.due.v1") == 1 }
                #expect(try await followUp.callBacks() == ["T1000001 due 2 \(WireJSON.text(of: followUp.dueAt))"])
                try await followUp.advanceClock(days: 5)
                // What comes behind it in the queue is heard, so whatever the timers had to say twice would be there.
                try await followUp.say(.closed, version: 7, at: followUp.doneAt + 120)
                try await eventually("all is heard") { try await followUp.heard() == 5 }
                #expect(try await followUp.sent("callback.due.v1") == 1)
                #expect(try await followUp.sent("callback.planned.v1") == 1)
            }
        }
    }

    @Test func `moves when the work was done again`() async throws {
        try await withFollowUp { followUp in
            try await running([followUp.kit.relay, followUp.consumer, FollowUpService.timers(followUp.kit)]) {
                try await followUp.say(.done, version: 5, at: followUp.doneAt)
                try await eventually("the call-back is planned") { try await followUp.sent("callback.planned.v1") == 1 }
                let again = followUp.doneAt + 3 * 86_400
                try await followUp.say(.done, version: 9, at: again)
                try await eventually("it is planned anew") { try await followUp.sent("callback.planned.v1") == 2 }
                let later = WireJSON.text(of: followUp.dueAt + 3 * 86_400)
                #expect(try await followUp.callBacks() == ["T1000001 planned 2 \(later)"])
                // The first time passes in silence; the second is told.
                try await followUp.advanceClock(days: 5)
                try await eventually("the call-back is due") { try await followUp.sent("callback.due.v1") == 1 }
                #expect(try await followUp.callBacks() == ["T1000001 due 3 \(later)"])
                let timers = try await followUp.database.pool.query(
                    "select generation from followup.timer where fired_at is not null"
                ).map { try $0.decode(Int32.self) }
                #expect(timers == [2])
            }
        }
    }

    @Test func `is shown to the department that did the work, and to those above`() async throws {
        try await withFollowUp { followUp in
            try await running([followUp.kit.relay, followUp.consumer]) {
                try await followUp.say(.done, version: 5, at: followUp.doneAt)
                try await eventually("the call-back is planned") { try await followUp.sent("callback.planned.v1") == 1 }
            }
            let router = try followUp.router
            try await followUp.kit.application(router).test(.router) { client in
                func get(_ query: String, departments: [String]) async throws -> (HTTPResponse.Status, String) {
                    let token = try await followUp.token(departments)
                    return try await client.execute(
                        uri: "/api/followup/v1/callbacks" + query, method: .get,
                        headers: [.authorization: "Bearer \(token)"]
                    ) { ($0.status, String(buffer: $0.body)) }
                }
                for query in ["", "?state=planned", "?limit=1"] {
                    let (status, text) = try await get(query, departments: ["service", "shanghai"])
                    #expect(status == .ok)
                    #expect(text.contains("\"number\":\"T1000001\""), "\(query): \(text)")
                    #expect(text.contains(WireJSON.text(of: followUp.dueAt)))
                }
                #expect(try await get("?state=due", departments: ["shanghai"]).1 == #"{"items":[]}"#)
                #expect(try await get("", departments: ["beijing"]).1 == #"{"items":[]}"#)
                #expect(try await get("?state=gone&limit=0", departments: ["beijing"]).0 == .unprocessableContent)
                let stranger = try await client.execute(uri: "/api/followup/v1/callbacks", method: .get) { $0.status }
                #expect(stranger == .unauthorized)
            }
            let unseen = try await followUp.database.pool.transaction(role: "followup_member") { transaction in
                try await transaction.query("select set_config('paidan.departments', '{beijing}', true)")
                return try await transaction.query("select 1 as one from followup.callback").count
            }
            #expect(unseen == 0)
        }
    }
}

@Suite struct `The settings` {
    @Test func `refuse a time zone that is none`() throws {
        #expect(throws: FollowUpSettings.BadTimeZone.self) {
            try FollowUpSettings(SettingsReader(environment: ["PAIDAN_CALLBACK_TIME_ZONE": "Mars/Olympus"]))
        }
        let settings = try FollowUpSettings(SettingsReader(environment: ["PAIDAN_CALLBACK_HOUR": "23"]))
        #expect(settings.hour == 23)
        #expect(settings.timeZone.identifier == "Asia/Shanghai")
    }
}
