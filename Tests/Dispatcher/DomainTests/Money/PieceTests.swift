import Contracts
import DispatcherDomain
import Foundation
import Kernel
import Testing

@Suite struct `A piece with a number` {
    static let own = Parts.own

    /// What becomes of pieces, told one movement after the other.
    struct Told {
        var pieces: [PartPiece] = []

        mutating func move(_ draft: StockRules.Draft, by staff: StaffActor = Cast.warehouse) throws {
            let after = try Parts.move(draft, by: staff).pieces(after: pieces)
            pieces.removeAll { old in after.contains { $0.serial == old.serial } }
            pieces += after
        }

        func stand(_ serial: String) -> String? {
            pieces.first { $0.serial == serial }.map { $0.state.rawValue + ($0.place.map { " \($0.text)" } ?? "") }
        }
    }

    static func use(_ new: String, old: String? = nil, note: String? = nil) -> StockRules.Draft {
        Parts.draft("use", own, nil, order: Money.order, old: old, serial: new, note: note)
    }

    @Test func `comes out, is sent back and is written off`() throws {
        var told = Told()
        try told.move(Self.use("N1", old: "A0"), by: Cast.engineer)
        #expect(told.stand("N1") == "built-in" && told.stand("A0") == "old \(Self.own.text)")
        try told.move(Parts.draft("return", Self.own, .station("home"), old: "A0"), by: Cast.engineer)
        #expect(told.stand("A0") == "old station:home")
        #expect(told.pieces.first { $0.serial == "A0" }?.order == Money.order)
        // It lies there no more.
        #expect(
            Money.rule { try told.move(Parts.draft("return", Self.own, .headquarters, old: "A0")) } == .notHere)
        try told.move(Parts.draft("write-off", .station("home"), nil, old: "A0", note: "报废"))
        #expect(told.stand("A0") == "gone")
        #expect(
            Money.rule { try told.move(Parts.draft("return", .station("home"), .headquarters, old: "A0")) } == .notHere)
        #expect(Money.rule { try told.move(Parts.draft("return", Self.own, .headquarters, old: "N1")) } == .notHere)
    }

    @Test func `is built in once, and again when it came out or a note says why`() throws {
        var told = Told()
        try told.move(Self.use("N1"))
        #expect(Money.rule { try told.move(Self.use("N1")) } == .serialTaken)
        try told.move(Self.use("N1", note: "上次写错了编号"))
        try told.move(Self.use("N2", old: "N1"))
        try told.move(Self.use("N1"))
        #expect(told.stand("N1") == "built-in" && told.stand("N2") == "built-in")
    }

    @Test func `is one, and not its own successor`() {
        #expect(Parts.fields(Self.use("N1", old: "N1")) == ["/oldSerial"])
        #expect(
            Parts.fields(Parts.draft("return", Self.own, .headquarters, quantity: 2, old: "A0")) == ["/quantity"])
        #expect(Parts.fields(Parts.draft("receipt", nil, .headquarters, old: "A0")) == ["/oldSerial"])
    }
}
