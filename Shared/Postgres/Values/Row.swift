/// What one statement gave back.
public struct QueryResult: Sendable, RandomAccessCollection {
    let table: ResultTable?
    public let endIndex: Int

    init(_ table: ResultTable?) {
        self.table = table
        endIndex = table?.rowCount ?? 0
    }

    public var startIndex: Int { 0 }

    /// - Parameter index: 0 ..< count; anything else is a programmer's mistake.
    public subscript(index: Int) -> Row {
        guard let table, index >= 0, index < endIndex else { preconditionFailure("No row \(index) among \(endIndex)") }
        return Row(table: table, index: index)
    }

    /// Rows that an insert, update, delete or COPY touched, or that a select found.
    public var affected: Int { table?.affected ?? 0 }

    /// The server's name for what was done: `INSERT 0 3`, `COMMIT`, `ROLLBACK`.
    var tag: String { table?.tag ?? "" }
}

/// One row; it keeps the whole result in memory for as long as it lives.
public struct Row: Sendable {
    let table: ResultTable
    let index: Int

    /// Columns in order, all of them: `let (id, name) = try row.decode(UUID.self, String?.self)`.
    ///
    /// - Throws: ``PostgresError`` of kind `decoding`, naming the column.
    public func decode<each Value: SQLDecodable>(_ types: repeat (each Value).Type) throws -> (repeat each Value) {
        var column = 0
        let values = (repeat try next((each Value).self, &column))
        guard column == table.columnCount else {
            throw PostgresError(.decoding, "The row has \(table.columnCount) columns, \(column) are read")
        }
        return values
    }

    /// One column by name.
    ///
    /// - Throws: ``PostgresError`` of kind `decoding`, naming the column.
    public func value<Value: SQLDecodable>(_ column: String, as type: Value.Type = Value.self) throws -> Value {
        guard let place = table.column(named: column) else {
            throw PostgresError(.decoding, "The row has no column \"\(column)\"")
        }
        return try value(at: place)
    }

    private func next<Value: SQLDecodable>(_ type: Value.Type, _ column: inout Int) throws -> Value {
        defer { column += 1 }
        guard column < table.columnCount else {
            throw PostgresError(.decoding, "The row has \(table.columnCount) columns, more are read")
        }
        return try value(at: column)
    }

    private func value<Value: SQLDecodable>(at column: Int) throws -> Value {
        do throws(SQLMismatch) {
            return try table.withCell(row: index, column: column) { cell throws(SQLMismatch) in
                guard let cell else { return try Value.decodeNull() }
                return try Value.decode(cell)
            }
        } catch {
            throw PostgresError(.decoding, "Column \"\(table.name(of: column))\": \(error.reason)")
        }
    }
}
