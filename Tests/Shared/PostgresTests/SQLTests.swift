import Foundation
import Kernel
import Testing

@testable import Postgres

@Suite struct `A statement` {
    @Test func `keeps its values apart from its text`() {
        let name = "'; drop table ticket; --"
        let sql: SQL = "select id from intake.ticket where name = \(name) and id > \(7)"
        #expect(sql.text == "select id from intake.ticket where name = $1 and id > $2")
        #expect(sql.parameters.types == [25, 20])
        #expect(sql.parameters.bytes == Array(name.utf8) + [0, 0, 0, 0, 0, 0, 0, 7])
        #expect(!"\(sql)".contains("drop"))
    }

    @Test func `has the same text whatever its values are`() {
        func statement(_ id: UUID, _ words: String?) -> SQL { "select \(id), \(words)" }
        #expect(statement(UUID(), nil).text == statement(UUID(), "words").text)
        #expect(statement(UUID(), nil).parameters.types == statement(UUID(), "words").parameters.types)
    }

    @Test func `without values is plain text`() {
        let sql: SQL = "select '$1'"
        #expect(sql.text == "select '$1'")
        #expect(sql.parameters.count == 0)
    }

    @Test func `takes names of ours as they are, when told so`() {
        let schema = "intake"
        let sql: SQL = "select 1 from \(unescaped: schema).ticket where id = \(1)"
        #expect(sql.text == "select 1 from intake.ticket where id = $1")
    }

    @Test func `binds each type as what it is`() {
        let sql: SQL = """
            \(true) \(Int16(1)) \(Int32(1)) \(Int64(1)) \(1) \(1.5) \("a") \(UUID()) \(Date()) \([UInt8]()) \
            \(JSON(bytes: [])) \(ID<Ticket>(UUID())) \([true]) \([1]) \(["a"]) \([UUID()]) \([Date()]) \([[UInt8]]()) \
            \(Int?.none) \([Int?]()) \([String?]()) \([ID<Ticket>]()) \([JSON]())
            """
        #expect(
            sql.parameters.types == [
                16, 21, 23, 20, 20, 701, 25, 2950, 1184, 17, 3802, 2950, 1000, 1016, 1009, 2951, 1185, 1001, 20, 1016,
                1009, 2951, 3807,
            ])
    }

    @Test func `that cannot be sent says why, when it is run`() {
        let endless: SQL = "select \(1), \(Date(timeIntervalSinceReferenceDate: .infinity))"
        #expect(endless.parameters.fault?.message == "Parameter $2: The time is outside of what timestamptz holds")
        let nested: SQL = "select \([[1]])"
        #expect(nested.parameters.fault?.kind == .programming)
        let fine: SQL = "select \(Date.distantPast), \(Date.distantFuture)"
        #expect(fine.parameters.fault == nil)
    }

    @Test(arguments: [("ticket", "\"ticket\""), ("a\"b", "\"a\"\"b\""), ("", "\"\""), ("\"", "\"\"\"\"")])
    func `quotes any name`(name: String, quoted: String) { #expect(SQL.quoted(identifier: name) == quoted) }
}

@Suite struct `An error of the database` {
    @Test(arguments: [
        ("23505", PostgresError.Kind.uniqueViolation, false), ("23503", .foreignKeyViolation, false),
        ("23514", .checkViolation, false), ("23502", .notNullViolation, false), ("23P01", .otherConstraint, false),
        ("40001", .serialization, true), ("40P01", .deadlock, true), ("55P03", .lockTimeout, true),
        ("57014", .statementTimeout, true), ("25006", .readOnly, true), ("53300", .tooManyConnections, true),
        ("53100", .diskFull, true), ("42501", .insufficientPrivilege, false), ("42601", .programming, false),
        ("22P02", .programming, false), ("57P01", .connectionLost, true), ("08006", .connectionLost, true),
        ("57P03", .unavailable, true), ("P0001", .raised, false), ("XX000", .other, false),
    ])
    func `is sorted by its code`(code: String, kind: PostgresError.Kind, isRetriable: Bool) {
        let error = PostgresError(sqlState: code, constraint: nil, message: "")
        #expect(error.kind == kind)
        #expect(error.isRetriable == isRetriable)
    }

    @Test func `does not tell the values of a row where it may be logged`() {
        let error = PostgresError(sqlState: "22P02", constraint: nil, message: "invalid input: \"+8613800138000\"")
        #expect(!"\(error)".contains("138"))
        #expect(String(reflecting: error).contains("138"))
    }
}
