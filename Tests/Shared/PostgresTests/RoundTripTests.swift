import Foundation
import Kernel
import Postgres
import TestSupport
import Testing

@Suite struct `A value` {
    @Test func `comes back as it was sent`() async throws {
        try await withDatabase(schema: "values") { database in
            let pool = database.pool
            try await check([true, false], "bool", pool)
            try await check([Int16.min, -1, 0, 1, .max], "int2", pool)
            try await check([Int32.min, -1, 0, 1, .max], "int4", pool)
            try await check([Int64.min, -1, 0, 1, .max], "int8", pool)
            try await check([Int.min, -1, 0, 1, .max], "int8", pool)
            try await check(
                [0.0, -0.0, 1.5, .infinity, -.infinity, .greatestFiniteMagnitude, .leastNonzeroMagnitude, .pi],
                "float8", pool)
            try await check(["", "a", "派单 👩‍🔧", "'\"\\\t\r\n$1", String(repeating: "长", count: 100_000)], "text", pool)
            try await check([UUID(), UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))], "uuid", pool)
            try await check([ID<Ticket>(UUID())], "uuid", pool)
            try await check([[UInt8](), [0], Array(0...255), Array(repeating: 7, count: 300_000)], "bytea", pool)
            try await check([JSON(bytes: Array(#"{"a": [1, null, "派"]}"#.utf8))], "jsonb", pool)
            try await check(
                [
                    Date(timeIntervalSince1970: 0), Date(timeIntervalSince1970: 946_684_800), .distantPast,
                    .distantFuture,
                    Date(timeIntervalSince1970: -1.25), Date(timeIntervalSinceReferenceDate: 0.000001),
                ], "timestamptz", pool)
        }
    }

    @Test func `drawn at random comes back as it was sent`() async throws {
        try await withDatabase(schema: "values") { database in
            var random = Seeded(state: 20_26)
            for _ in 0..<200 {
                let number = Int64.random(in: .min ... .max, using: &random)
                let double = Double(bitPattern: UInt64.random(in: .min ... .max, using: &random))
                let micros = Int64.random(in: -2_000_000_000_000_000...4_000_000_000_000_000, using: &random)
                let date = Date(timeIntervalSince1970: Double(micros) / 1_000_000)
                let scalars = (0..<Int.random(in: 0...40, using: &random)).compactMap { _ in
                    Unicode.Scalar(UInt32.random(in: 1...0x10FFFF, using: &random))
                }
                let text = String(String.UnicodeScalarView(scalars))
                let bytes = (0..<Int.random(in: 0...100, using: &random)).map { _ in
                    UInt8.random(in: 0...255, using: &random)
                }
                let numbers = (0..<Int.random(in: 0...9, using: &random)).map { _ in
                    Bool.random(using: &random) ? Int?.none : Int.random(in: -9...9, using: &random)
                }
                let row = try await database.pool.query(
                    """
                    select \(number), \(double), \(date), \(text), \(bytes), \(numbers),
                        (extract(epoch from \(date)) * 1000000)::bigint
                    """)[0]
                let back = try row.decode(
                    Int64.self, Double.self, Date.self, String.self, [UInt8].self, [Int?].self, Int64.self)
                #expect(back.0 == number)
                #expect(back.1 == double || (back.1.isNaN && double.isNaN))
                // Foundation's clock has other fractions than microseconds; what PostgreSQL holds is exact.
                #expect(abs(back.2.timeIntervalSince(date)) < 0.000_000_5)
                let again = try await database.pool.query("select \(back.2) as it")[0].value("it", as: Date.self)
                #expect(again == back.2)
                #expect(Array(back.3.utf8) == Array(text.utf8))
                #expect(back.4 == bytes)
                #expect(back.5 == numbers)
                #expect(back.6 == micros)
            }
        }
    }

    @Test func `that a column holds is read by any type that it fits`() async throws {
        try await withDatabase(schema: "values") { database in
            func one<Value: SQLDecodable & Equatable>(_ text: String, is expected: Value) async throws {
                let value: Value = try await database.pool.query(
                    "select it from (select \(unescaped: text)) as t (it)")[0].value("it")
                #expect(value == expected)
            }
            try await one("7::int2", is: 7)
            try await one("sum(x) from generate_series(1, 10::bigint) x", is: 55)
            try await one("-123456789.000100::numeric", is: "-123456789.000100")
            try await one("0.00005::numeric", is: "0.00005")
            try await one("12345678901234567890::numeric", is: "12345678901234567890")
            try await one("'NaN'::numeric", is: "NaN")
            try await one("2.5::numeric", is: 2.5)
            try await one("2.5::float4", is: 2.5)
            try await one("'a'::varchar(9)", is: "a")
            try await one("'{\"a\": 1}'::jsonb", is: "{\"a\": 1}")
            try await one("'2026-01-02'::date", is: Date(timeIntervalSince1970: 1_767_312_000))
            try await one("array_agg(x) from unnest(array['b', 'a']) x", is: ["b", "a"])
            try await one("null::text", is: String?.none)
            try await one("null::text[]", is: [String]?.none)
            try await one("array[null, 'a']", is: [nil, "a"] as [String?])
        }
    }

    @Test func `that does not fit is an error that names the column`() async throws {
        try await withDatabase(schema: "values") { database in
            let row = try await database.pool.query(
                "select 'a' as words, null::int as missing, 70000 as large, 'infinity'::timestamptz as endless, array[null, 1] as some"
            )[0]
            func words<Value: SQLDecodable>(_ column: String, _ type: Value.Type) -> String? {
                do {
                    _ = try row.value(column, as: type)
                    return nil
                } catch let error as PostgresError where error.kind == .decoding {
                    return error.message
                } catch {
                    return "\(error)"
                }
            }
            #expect(words("words", Int.self) == "Column \"words\": text cannot be read as Int")
            #expect(words("missing", Int.self) == "Column \"missing\": NULL cannot be read as Int")
            #expect(words("large", Int16.self) == "Column \"large\": 70000 does not fit Int16")
            #expect(words("endless", Date.self) == "Column \"endless\": infinity cannot be read as Date")
            #expect(words("some", [Int].self) == "Column \"some\": NULL cannot be read as Int")
            #expect(words("some", Int.self) == "Column \"some\": int4[] cannot be read as Int")
            #expect(words("words", [String].self) == "Column \"words\": text cannot be read as Array<String>")
            #expect(words("nowhere", Int.self) == "The row has no column \"nowhere\"")
            #expect(throws: PostgresError.self) { _ = try row.decode(String.self) }
        }
    }

    @Test func `of text that holds a zero is refused, not cut`() async throws {
        try await withDatabase(schema: "values") { database in
            let error = await #expect(throws: PostgresError.self) { try await database.pool.query("select \("a\0b")") }
            #expect(error?.sqlState == "22021")
        }
    }

    @Test func `of many rows travels as arrays`() async throws {
        try await withDatabase(schema: "values") { database in
            let ids = (0..<10_000).map { _ in UUID() }
            let words = ids.indices.map { $0.isMultiple(of: 3) ? nil : "row \($0)" }
            let rows = try await database.pool.query(
                "select id, words from unnest(\(ids)::uuid[], \(words)::text[]) with ordinality as t (id, words, place) order by place"
            )
            #expect(rows.affected == 10_000)
            let back = try rows.map { try $0.decode(UUID.self, String?.self) }
            #expect(back.map(\.0) == ids)
            #expect(back.map(\.1) == words)
        }
    }

    /// Alone, in an array, and in an array with NULLs; and the server agrees that they are equal.
    private func check<Value: SQLValue & SQLDecodable & Equatable>(
        _ values: [Value], _ type: String, _ pool: PostgresPool
    ) async throws {
        for value in values {
            let row = try await pool.query("select \(value), \(value) = any(\(values)), \(Value?.none) is null")[0]
            let (back, isThere, isNull) = try row.decode(Value.self, Bool.self, Bool.self)
            #expect(back == value)
            #expect(isThere && isNull)
        }
        let gaps: [Value?] = [nil] + values + [nil]
        let row = try await pool.query(
            "select \(values), \(gaps), \([Value]()), pg_typeof(\(values[0]))::text = \(type)::regtype::text")[0]
        let (all, some, none, isRightType) = try row.decode([Value].self, [Value?].self, [Value].self, Bool.self)
        #expect(all == values)
        #expect(some == gaps)
        #expect(none.isEmpty)
        #expect(isRightType)
    }
}
