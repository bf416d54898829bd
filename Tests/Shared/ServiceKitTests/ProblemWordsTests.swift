import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Kernel
import Testing

@testable import ServiceKit

@Suite struct `A problem document` {
    private struct Words: Decodable {
        struct Fault: Decodable { let words: Phrase? }
        struct Current: Decodable { let version: Int }

        let words: Phrase?
        let errors: [Fault]?
        let current: Current?
    }

    private func words(of problem: Problem) async throws -> Words {
        let frame = Frame()
        frame.router.get("refused") { _, _ -> Response in throw problem }
        return try await frame.test { client in
            let answer = try await client.execute(uri: "/refused", method: .get)
            return try JSONDecoder().decode(Words.self, from: Data(answer.body.readableBytesView))
        }
    }

    @Test func `says in Chinese and in English what is wrong, in all and in each field`() async throws {
        let fault = FieldFault(field: "/name", code: "tooLong", message: "At most 80 characters.")
        let told = try await words(of: .invalid([fault]))
        #expect(told.words?.zh == "有字段不能接受。")
        #expect(told.errors?.first?.words == Phrase(zh: "最多80个字符。", en: "At most 80 characters."))
    }

    @Test func `says the rule's own words instead of the common ones`() async throws {
        var problem = Problem.conflict("on-leave", "He is on leave.")
        #expect(try await words(of: problem).words == nil)
        problem.words = Phrase(zh: "休假\"中\"", en: "On leave")
        #expect(try await words(of: problem).words == problem.words)
    }

    @Test func `brings what the present state is`() async throws {
        var problem = Problem.conflict("stale-version", "It has moved on.")
        problem.current = Array(#"{"version":7}"#.utf8)
        #expect(try await words(of: problem).current?.version == 7)
    }
}
