import Contracts
import Crypto
import DispatcherDomain
@testable import DispatcherService
import Foundation
import Hummingbird
import HummingbirdTesting
import Kernel
import NIOCore
import Postgres
import TestSupport
import Testing

private let api = "/api/dispatch/v1"

/// A photo as a telephone has it.
struct Photo: Sendable {
    let id = UUID().uuidString.lowercased()
    let bytes: [UInt8]

    /// - Parameter seed: another one makes another photo.
    init(size: Int, seed: UInt64 = 1) {
        var state = seed
        bytes =
            [0xFF, 0xD8, 0xFF]
            + (3..<size).map { _ in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return UInt8(truncatingIfNeeded: state >> 33)
            }
    }

    var digest: String { "sha-256=:\(Data(SHA256.hash(data: bytes)).base64EncodedString()):" }
}

extension TestClientProtocol {
    /// - Parameter bytes: other than those of the photo at this place.
    func send(
        _ photo: Photo, _ range: Range<Int>, token: String?, digest: String? = nil, type: String = "image/jpeg",
        bytes: [UInt8]? = nil
    ) async throws -> Answer {
        var headers: HTTPFields = [
            .contentType: type,
            .contentRange: "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(photo.bytes.count)",
            .init("Repr-Digest")!: digest ?? photo.digest,
        ]
        if let token { headers[.authorization] = "Bearer \(token)" }
        return try await execute(
            uri: "\(api)/files/\(photo.id)", method: .put, headers: headers,
            body: ByteBuffer(bytes: bytes ?? Array(photo.bytes[range]))
        ) { response in
            Answer(
                status: response.status.code, headers: response.headers, body: Data(response.body.readableBytesView))
        }
    }

    /// All of it in one piece.
    func send(_ photo: Photo, token: String?) async throws -> Answer {
        try await send(photo, 0..<photo.bytes.count, token: token)
    }

    /// Sends photos for a work order.
    ///
    /// - Returns: their ids.
    func photos(_ count: Int, by token: String) async throws -> [String] {
        var ids: [String] = []
        for seed in 0..<count {
            let photo = Photo(size: 100, seed: UInt64(seed))
            #expect(try await send(photo, token: token).status == 201)
            ids.append(photo.id)
        }
        return ids
    }

    func offset(of photo: Photo, token: String) async throws -> Int? {
        let answer = try await call(.head, "\(api)/files/\(photo.id)", token: token)
        return answer.status == 200 ? answer.headers[.uploadOffset].flatMap { Int($0) } : nil
    }
}

extension [String] {
    /// As a list in JSON.
    var json: String { "[\(map { "\"\($0)\"" }.joined(separator: ","))]" }
}

@Suite struct `A photo from a telephone` {
    @Test func `goes on where the line was cut, and is there as it was taken`() async throws {
        try await withDispatcher { dispatcher, client in
            let token = try await dispatcher.token("engineer")
            let photo = Photo(size: 300_000)
            #expect(try await client.offset(of: photo, token: token) == nil)
            let first = try await client.send(photo, 0..<100_000, token: token)
            #expect(first.status == 200, "\(first.text)")
            #expect(first["received"] == "100000")
            // The line was cut before the answer came: the telephone asks, and may as well send the piece again.
            #expect(try await client.offset(of: photo, token: token) == 100_000)
            #expect(try await client.send(photo, 0..<100_000, token: token).status == 200)
            let gap = try await client.send(photo, 200_000..<300_000, token: token)
            #expect(gap.problem == "piece-gap")
            #expect(gap.headers[.uploadOffset] == "100000")
            #expect(
                try await client.call(.get, "\(api)/files/\(photo.id)", token: token).problem == "file-unfinished")
            #expect(try await client.send(photo, 100_000..<200_000, token: token).status == 200)
            let last = try await client.send(photo, 200_000..<300_000, token: token)
            #expect(last.status == 201, "\(last.text)")
            #expect(last.headers[.uploadComplete] == "?1")
            // Whatever the telephone says again is compared with the pieces that it touches, and with no other.
            for range in [200_000..<300_000, 100_000..<200_000, 50_000..<250_000, 299_999..<300_000] {
                #expect(try await client.send(photo, range, token: token).status < 300, "\(range)")
            }
            let got = try await client.call(.get, "\(api)/files/\(photo.id)", token: token)
            #expect(got.status == 200)
            #expect(got.headers[.contentType] == "image/jpeg")
            #expect(Array(got.body) == photo.bytes)
            let again = try await client.call(
                .get, "\(api)/files/\(photo.id)", token: token,
                headers: [.ifNoneMatch: try #require(got.headers[.eTag])])
            #expect(again.status == 304)
        }
    }

    @Test func `is refused clearly when a piece is another, and begun again when the whole is`() async throws {
        try await withDispatcher { dispatcher, client in
            let token = try await dispatcher.token("engineer")
            let (photo, other) = (Photo(size: 200_000), Photo(size: 200_000, seed: 2))
            _ = try await client.send(photo, 0..<100_000, token: token)
            let swapped = try await client.send(
                photo, 0..<100_000, token: token, bytes: Array(other.bytes[0..<100_000]))
            #expect(swapped.status == 409)
            #expect(swapped.problem == "piece-differs")
            #expect(try await client.send(photo, 0..<100_000, token: token, digest: other.digest).status == 409)
            let broken = try await client.send(
                photo, 100_000..<200_000, token: token, bytes: Array(other.bytes[100_000..<200_000]))
            #expect(broken.status == 422)
            #expect(broken.problem == "file-digest")
            #expect(try await client.offset(of: photo, token: token) == 0)
            #expect(try await client.send(photo, token: token).status == 201)
            let text = Photo(size: 70_000)
            let wrong = try await client.send(text, 0..<70_000, token: token, type: "image/png")
            #expect(wrong.problem == "file-kind")
        }
    }

    @Test func `sent by ten requests at once is kept once`() async throws {
        try await withDispatcher { dispatcher, client in
            let token = try await dispatcher.token("engineer")
            let photo = Photo(size: 150_000)
            let answers = try await withThrowingTaskGroup { group in
                for _ in 0..<10 { group.addTask { try await client.send(photo, token: token).status } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(answers.allSatisfy { $0 == 201 }, "\(answers)")
            let kept = try await dispatcher.database.pool.query(
                "select count(*), sum(length(bytes))::bigint from dispatch.work_file_piece")[0].decode(
                    Int.self, Int.self)
            #expect(kept == (1, 150_000))
        }
    }

    @Test func `of somebody else is as if it were not there, until it belongs to work that one sees`() async throws {
        try await withDispatcher { dispatcher, client in
            try await dispatcher.putInForce("s3-repair", client)
            let id = try await dispatcher.open()
            let (desk, engineer) = (try await dispatcher.token("desk"), try await dispatcher.token("engineer"))
            let shanghai = try await dispatcher.token("shanghai")
            let (photo, unfinished) = (Photo(size: 90_000), Photo(size: 200_000))
            #expect(try await client.send(photo, token: engineer).status == 201)
            _ = try await client.send(unfinished, 0..<100_000, token: engineer)
            for token in [desk, shanghai] {
                #expect(try await client.call(.get, "\(api)/files/\(photo.id)", token: token).status == 404)
                #expect(try await client.send(photo, token: token).status == 404)
            }
            let onSite = try await dispatcher.onSite(id, client)
            func sheet(_ token: String, _ photos: [Photo]) async throws -> Answer {
                let ids = photos.map { "\"\($0.id)\"" }.joined(separator: ",")
                return try await client.call(
                    .post, "\(api)/work-orders/\(id)/\(onSite)/actions/sheet", token: token,
                    json: #"{"fields":{"handling":"换电容","result":"task-done","photos":[\#(ids)]}}"#)
            }
            for photos in [[unfinished], [photo, Photo(size: 70_000)], [photo, photo]] {
                let refused = try await sheet(engineer, photos)
                #expect(refused.status == 422)
                #expect(refused["errors.0.field"] == "/fields/photos", "\(refused.text)")
            }
            let done = try await sheet(engineer, [photo])
            #expect(done.status == 200, "\(done.text)")
            #expect(done.text.contains(photo.id))
            #expect(try await client.call(.get, "\(api)/files/\(photo.id)", token: desk).status == 200)
            #expect(try await client.call(.get, "\(api)/files/\(photo.id)", token: shanghai).status == 404)
            // The same once more is the same.
            #expect(try await sheet(engineer, [photo]).status == 200)
        }
    }

    @Test func `that nobody finishes or uses is removed after days, and one that is used stays`() async throws {
        try await withDispatcher { dispatcher, client in
            let token = try await dispatcher.token("engineer")
            let (begun, finished, used) = (Photo(size: 200_000), Photo(size: 70_000), Photo(size: 70_000, seed: 3))
            _ = try await client.send(begun, 0..<100_000, token: token)
            for photo in [finished, used] { #expect(try await client.send(photo, token: token).status == 201) }
            let order = try await dispatcher.open()
            try await dispatcher.database.pool.query(
                "update dispatch.work_file set work_order = \(order.value) where id = \(used.id)::uuid")
            func left() async throws -> Set<String> {
                Set(
                    try await dispatcher.database.pool.query("select id from dispatch.work_file").map {
                        try $0.decode(UUID.self).lowercaseText
                    })
            }
            try await dispatcher.advance(.seconds(6 * 86_400))
            #expect(try await left() == [begun.id, finished.id, used.id])
            // A piece keeps it.
            #expect(try await client.send(begun, 100_000..<190_000, token: token).status == 200)
            try await dispatcher.advance(.seconds(6 * 86_400))
            #expect(try await left() == [begun.id, finished.id, used.id])
            try await dispatcher.advance(.seconds(2 * 86_400))
            #expect(try await left() == [finished.id, used.id])
            try await dispatcher.advance(.seconds(20 * 86_400))
            #expect(try await left() == [used.id])
        }
    }

    @Test func `is taken within bounds only`() async throws {
        try await withDispatcher { dispatcher, client in
            let token = try await dispatcher.token("engineer")
            let member = try dispatcher.member("engineer").person.id
            #expect(try await client.send(Photo(size: (1 << 20) + 1), token: token).status == 413)
            for headers: HTTPFields in [
                [.contentRange: "bytes 0-99999/30000000"], [.contentRange: "bytes 5-1/9"], [.contentRange: "all"],
            ] {
                var headers = headers
                headers[.contentType] = "image/jpeg"
                headers[.authorization] = "Bearer \(token)"
                let photo = Photo(size: 100_000)
                headers[.reprDigest] = photo.digest
                let answer = try await client.execute(
                    uri: "\(api)/files/\(photo.id)", method: .put, headers: headers,
                    body: ByteBuffer(bytes: photo.bytes)
                ) { $0.status.code }
                #expect(answer == 422, "\(headers)")
            }
            let page = try await client.send(Photo(size: 70_000), 0..<70_000, token: token, type: "text/html")
            #expect(page.status == 415)
            try await dispatcher.database.pool.query(
                """
                insert into dispatch.work_file (id, uploader, kind, size, digest)
                select gen_random_uuid(), \(member.value), 'image/jpeg', 100, ''
                from generate_series(1, \(Int64(FileRules.mostOpen)))
                """)
            let many = try await client.send(Photo(size: 70_000), token: token)
            #expect(many.status == 429)
            #expect(many.problem == "files-open")
        }
    }
}
