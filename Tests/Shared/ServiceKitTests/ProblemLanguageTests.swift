import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Kernel
import Testing

@testable import ServiceKit

@Suite struct `A problem in the language asked for` {
    private struct Told: Decodable {
        struct Fault: Decodable {
            let field: String
            let message: String
        }

        let title: String
        let detail: String?
        let errors: [Fault]?

        var texts: [String] { [title, detail].compactMap { $0 } + (errors ?? []).map(\.message) }
    }

    private func told(_ problem: Problem, _ language: String?) async throws -> (Told, HTTPFields) {
        let frame = Frame()
        frame.router.get("refused") { _, _ -> Response in throw problem }
        return try await frame.test { client in
            let headers: HTTPFields = language.map { [.acceptLanguage: $0] } ?? [:]
            let answer = try await client.execute(uri: "/refused", method: .get, headers: headers)
            let told = try JSONDecoder().decode(Told.self, from: Data(answer.body.readableBytesView))
            return (told, answer.headers)
        }
    }

    private func isChinese(_ text: String) -> Bool {
        text.unicodeScalars.contains { (0x4E00...0x9FFF).contains($0.value) }
    }

    private static let problems: [Problem] = [
        .invalid([
            FieldFault(field: "/name", code: "tooLong", message: "At most 80 characters."),
            FieldFault(field: "/fields/x", code: "unknownValue", message: "没有这个字段 / there is no such field"),
            FieldFault(field: "/fields/y", code: "new-code", message: "Quite new words."),
        ]),
        .notFound("such work order in your departments"), .notFound("such thing as nobody has named yet"),
        .malformed("The body is no JSON; look at line 3, column 7."), .conflict("quite-new", "Quite new words."),
        .unavailable("The database does not answer."), .signInNeeded("There is no access token."),
        .forbidden("This needs one of the roles administrator, manager."),
        Problem(.init(code: 418), type: "teapot", title: "A teapot"),
    ]

    @Test(arguments: problems.indices) func `is wholly in it`(number: Int) async throws {
        let problem = Self.problems[number]
        let (chinese, headers) = try await told(problem, "zh-CN,zh;q=0.9,en;q=0.8")
        #expect(chinese.texts.allSatisfy(isChinese), "\(chinese.texts)")
        #expect(headers[.contentLanguage] == "zh" && headers[.vary] == "Accept-Language")
        for language in [nil, "en-GB,zh;q=0.5"] {
            let (english, headers) = try await told(problem, language)
            #expect(!english.texts.contains(where: isChinese), "\(english.texts)")
            #expect(headers[.contentLanguage] == "en")
        }
    }

    @Test func `keeps numbers, codes and names of fields`() async throws {
        #expect(try await told(Self.problems[0], "zh").0.errors?.map(\.message) == ["最多80个字符。", "没有这个字段", "不能接受。"])
        #expect(try await told(Self.problems[0], "zh").0.errors?.map(\.field) == ["/name", "/fields/x", "/fields/y"])
        #expect(try await told(Self.problems[1], "zh").0.detail == "您的部门中没有此工单。")
        #expect(try await told(Self.problems[3], "zh").0.detail == "请求正文不是JSON，请查看第3行第7列。")
        #expect(try await told(Self.problems[7], "zh").0.detail == "需要以下角色之一：administrator, manager。")
    }
}
