extension SQLCell {
    /// A `numeric` as text: a sign, groups of four decimal digits, and where the point is.
    func numericText() throws(SQLMismatch) -> String {
        let groups = Int(try integer(at: 0, as: Int16.self))
        let weight = Int(try integer(at: 2, as: Int16.self))
        let sign = try integer(at: 4, as: UInt16.self)
        let scale = Int(try integer(at: 6, as: Int16.self))
        switch sign {
        case 0xC000: return "NaN"
        case 0xD000: return "Infinity"
        case 0xF000: return "-Infinity"
        default: break
        }
        func group(_ place: Int) throws(SQLMismatch) -> String {
            guard (0..<groups).contains(place) else { return "0000" }
            let digits = String(try integer(at: 8 + 2 * place, as: Int16.self))
            return String(repeating: "0", count: max(4 - digits.count, 0)) + digits
        }
        var whole = ""
        if weight >= 0 {
            for place in 0...weight { whole += try group(place) }
        }
        whole = String(whole.drop { $0 == "0" })
        var fraction = ""
        var place = weight + 1
        while fraction.count < scale {
            fraction += try group(place)
            place += 1
        }
        let text = (whole.isEmpty ? "0" : whole) + (scale > 0 ? "." + fraction.prefix(scale) : "")
        return sign == 0x4000 ? "-" + text : text
    }
}
