private import CPostgres

/// One result of libpq, freed when the last row of it is gone.
///
/// `@unchecked Sendable`: libpq never changes a result after handing it out, and every function used here only reads.
final class ResultTable: @unchecked Sendable {
    private let result: OpaquePointer
    let rowCount: Int
    let columnCount: Int

    /// Takes over a `PGresult`.
    init(owning result: OpaquePointer) {
        self.result = result
        rowCount = Int(PQntuples(result))
        columnCount = Int(PQnfields(result))
    }

    deinit { PQclear(result) }

    var affected: Int { Int(String(cString: PQcmdTuples(result))) ?? 0 }

    var tag: String { String(cString: PQcmdStatus(result)) }

    func name(of column: Int) -> String { PQfname(result, Int32(column)).map { String(cString: $0) } ?? "" }

    func column(named name: String) -> Int? {
        (0..<columnCount).first { column in
            PQfname(result, Int32(column)).map {
                $0.withMemoryRebound(to: UInt8.self, capacity: 1) { Self.equal($0, name) }
            } ?? false
        }
    }

    /// `body` gets nil for NULL; the cell is valid only inside of it.
    func withCell<Value>(
        row: Int, column: Int, _ body: (SQLCell?) throws(SQLMismatch) -> Value
    ) throws(SQLMismatch) -> Value {
        let (row, column) = (Int32(row), Int32(column))
        if PQgetisnull(result, row, column) != 0 { return try body(nil) }
        let bytes = UnsafeRawBufferPointer(
            start: PQgetvalue(result, row, column), count: Int(PQgetlength(result, row, column)))
        return try body(SQLCell(type: PQftype(result, column), bytes: bytes))
    }

    private static func equal(_ text: UnsafePointer<UInt8>, _ name: String) -> Bool {
        var end = text
        for byte in name.utf8 {
            guard end.pointee == byte else { return false }
            end += 1
        }
        return end.pointee == 0
    }
}
