@testable import DispatcherService
import Contracts
import DispatcherDomain
import Foundation
import Hummingbird
import HummingbirdTesting
import Kernel
import Postgres
import TestSupport
import Testing

private let api = "/api/dispatch/v1"

/// A repair on site whose engineer stands at the customer's door.
struct VisitStand: Sendable {
    let dispatcher: DispatcherFixture
    let client: any TestClientProtocol
    let id: ID<WorkOrder>
    let engineer: String
    let desk: String

    /// - Parameter rule: put before the work is opened; nil: none.
    static func atTheDoor(
        _ dispatcher: DispatcherFixture, _ client: any TestClientProtocol, rule: String? = nil
    ) async throws -> VisitStand {
        try await dispatcher.putInForce("s3-repair", client)
        if let rule {
            let put = try await client.call(
                .put, "\(api)/evidence/service", token: try await dispatcher.token("manager"), json: rule)
            #expect(put.status == 201, "\(put.text)")
        }
        let stand = VisitStand(
            dispatcher: dispatcher, client: client, id: try await dispatcher.open(),
            engineer: try await dispatcher.token("engineer"), desk: try await dispatcher.token("desk"))
        let staff = #"{"candidate":{"staff":"\#(try dispatcher.member("engineer").person.id)"}}"#
        _ = try await stand.tell(stand.desk, "actions/dispatch", staff)
        _ = try await stand.tell(stand.engineer, "actions/accept")
        _ = try await stand.tell(stand.engineer, "actions/open-sheet", staff)
        _ = try await stand.tell(
            stand.engineer, "visits/1/actions/appoint", #"{"fields":{"appointment":"2099-01-01T09:00:00+08:00"}}"#)
        _ = try await stand.tell(stand.engineer, "visits/1/actions/arrive")
        return stand
    }

    func ask(_ token: String, _ command: String, _ json: String? = nil) async throws -> Answer {
        try await client.call(.post, "\(api)/work-orders/\(id)/\(command)", token: token, json: json)
    }

    func tell(_ token: String, _ command: String, _ json: String? = nil) async throws -> Answer {
        let answer = try await ask(token, command, json)
        #expect(answer.status == 200, "\(command): \(answer.text)")
        return answer
    }

    func sheet() async throws -> Answer {
        try await client.call(.get, "\(api)/work-orders/\(id)/visits/1/sheet", token: engineer)
    }

    func sign(_ hash: String, path: String = "M 1 2 L 3 4") async throws -> Answer {
        try await ask(
            engineer, "visits/1/signature", #"{"path":"\#(path)","signer":"张三","sheet":"\#(hash)"}"#)
    }
}

@Suite struct `Evidence over HTTP` {
    @Test func `keeps a visit from being finished until everything is there`() async throws {
        try await withDispatcher { dispatcher, client in
            let stand = try await VisitStand.atTheDoor(
                dispatcher, client,
                rule: #"{"expectedVersion":0,"photos":2,"signature":true,"serials":1,"checklist":["tested"]}"#)
            let bare = try await stand.ask(
                stand.engineer, "visits/1/actions/finish",
                #"{"fields":{"handling":"换电容","result":"service-done","signature":"s-1"}}"#)
            #expect(bare.status == 422)
            #expect(
                (0..<5).compactMap { bare["errors.\($0).field"] } == [
                    "/fields/photos", "/fields/signature", "/fields/serials", "/fields/checklist/tested",
                ], "\(bare.text)")
            let photos = try await client.photos(2, by: stand.engineer)
            _ = try await stand.tell(
                stand.engineer, "visits/1/actions/sheet",
                """
                {"fields":{"handling":"换电容","result":"task-done","photos":\(photos.json),"serials":"SN-1",
                 "checklist":["tested"]}}
                """)
            let sheet = try await stand.sheet()
            #expect(sheet["text"]?.contains("handling: 换电容\n") == true, "\(sheet.text)")
            #expect(sheet["missing.0.field"] == "/fields/signature" && sheet["missing.1.field"] == nil)
            let signed = try await stand.sign(try #require(sheet["hash"]))
            #expect(signed.status == 200, "\(signed.text)")
            // Once more, as a phone does that has lost the answer: the same signature.
            #expect(try await stand.sign(try #require(sheet["hash"])).status == 200)
            let kept = try await dispatcher.database.pool.query("select 1 as one from dispatch.visit_signature")
            #expect(kept.count == 1)
            #expect(try await stand.sheet().text.contains(#""stands":true"#))
            let done = try await stand.tell(stand.engineer, "visits/1/actions/finish")
            #expect(done["work.step"] == "payment", "\(done.text)")
            // What is asked again is answered as it was, not judged anew.
            #expect(try await stand.ask(stand.engineer, "visits/1/actions/finish").status == 200)
        }
    }

    @Test func `voids a signature when the sheet is changed after it, and takes none over another sheet`() async throws
    {
        try await withDispatcher { dispatcher, client in
            let stand = try await VisitStand.atTheDoor(dispatcher, client)
            let fill = #"{"fields":{"handling":"换电容","result":"task-done"}}"#
            let early = try #require(try await stand.sheet()["hash"])
            _ = try await stand.tell(stand.engineer, "visits/1/actions/sheet", fill)
            let other = try await stand.sign(early)
            #expect(other.status == 409 && other.problem == "other-sheet", "\(other.text)")
            let hash = try #require(try await stand.sheet()["hash"])
            #expect(other["current.hash"] == hash)
            for path in ["M 1 2 L <", ""] {
                let bad = try await stand.sign(hash, path: path)
                #expect(bad.status == 422 && bad["errors.0.field"] == "/path", "\(bad.text)")
            }
            let stranger = try await stand.ask(
                stand.desk, "visits/1/signature", #"{"path":"M 1 2 L 3 4","signer":"张三","sheet":"\#(hash)"}"#)
            #expect(stranger.status == 403, "\(stranger.text)")
            #expect(try await dispatcher.database.pool.query("select 1 as one from dispatch.visit_signature").isEmpty)
            #expect(try await stand.sign(hash).status == 200)
            let changed = try await stand.ask(
                stand.engineer, "visits/1/actions/finish", #"{"fields":{"parts":"两个电容"}}"#)
            #expect(changed.status == 422)
            #expect(changed["errors.0.field"] == "/fields/signature" && changed["errors.0.code"] == "conflict")
            _ = try await stand.tell(
                stand.engineer, "visits/1/actions/sheet", #"{"fields":{"parts":"两个电容"}}"#)
            #expect(try await stand.sheet().text.contains(#""stands":false"#))
            #expect(try await stand.ask(stand.engineer, "visits/1/actions/finish").status == 422)
            #expect(try await stand.sign(try #require(try await stand.sheet()["hash"])).status == 200)
            _ = try await stand.tell(stand.engineer, "visits/1/actions/finish")
        }
    }

    @Test func `rules are put in versions by managers, and a visit keeps the one it was opened under`() async throws {
        try await withDispatcher { dispatcher, client in
            let stand = try await VisitStand.atTheDoor(dispatcher, client, rule: #"{"expectedVersion":0,"photos":1}"#)
            let manager = try await dispatcher.token("manager")
            func put(_ json: String, _ token: String) async throws -> Answer {
                try await client.call(.put, "\(api)/evidence/service", token: token, json: json)
            }
            #expect(try await put(#"{"expectedVersion":1,"photos":3}"#, stand.engineer).status == 403)
            #expect(try await put(#"{"expectedVersion":0,"photos":3}"#, manager).status == 409)
            let bad = try await put(#"{"expectedVersion":1,"photos":99,"kind":"surgery"}"#, manager)
            #expect(bad.status == 422 && bad["errors.1.field"] == "/kind", "\(bad.text)")
            let next = try await put(#"{"expectedVersion":1,"photos":3}"#, manager)
            #expect(next.status == 200 && next["version"] == "2", "\(next.text)")
            let list = try await client.call(.get, "\(api)/evidence", token: stand.engineer)
            #expect(list["items.0.photos"] == "3" && list["items.1.photos"] == nil, "\(list.text)")
            // The visit was opened when one photo was enough.
            let sheet = #"{"fields":{"handling":"x","result":"service-done","photos":[]}}"#
            let none = try await stand.ask(stand.engineer, "visits/1/actions/finish", sheet)
            #expect(none.status == 422 && none["errors.0.field"] == "/fields/photos", "\(none.text)")
            let photos = try await client.photos(3, by: stand.engineer)
            _ = try await stand.tell(
                stand.engineer, "visits/1/actions/finish",
                #"{"fields":{"handling":"x","result":"service-done","photos":["\#(photos[0])"]}}"#)
            // The next visit was opened by itself, after the new rule; what was carried over does not count.
            let open = try await client.call(
                .get, "\(api)/work-orders/\(stand.id)/visits/2/sheet", token: stand.engineer)
            #expect(open["text"]?.contains("photos: \(photos[0])\n") == true, "\(open.text)")
            _ = try await stand.tell(
                stand.engineer, "visits/2/actions/appoint", #"{"fields":{"appointment":"2099-01-01T09:00:00+08:00"}}"#)
            _ = try await stand.tell(stand.engineer, "visits/2/actions/arrive")
            let second = try await stand.ask(
                stand.engineer, "visits/2/actions/finish",
                #"{"fields":{"handling":"x","result":"service-done","photos":\#(photos.json)}}"#)
            #expect(second.status == 422 && second["errors.0.field"] == "/fields/photos", "\(second.text)")
        }
    }
}
