import Kernel

/// How much somebody may have at once, and how fast he may take more.
public struct EngineerLimits: Hashable, Sendable {
    /// Documents at once; nil: any number.
    public let open: Int?
    /// Jobs accepted in an hour; nil: any number.
    public let hourly: Int?

    public init(open: Int?, hourly: Int?) {
        self.open = open
        self.hourly = hourly
    }

    public static let most = 1...500

    /// - Throws: `InvalidInput`, ``PeopleRefusal`` when they cannot be set so, or not by him.
    public func check(for staff: StaffProfile, by actor: Authority) throws {
        try actor.require(.plan, in: staff.department)
        var reader = DraftReader()
        for case (let field, let value?) in [("/open", open), ("/hourly", hourly)] where !Self.most.contains(value) {
            reader.fault(field, "malformed", "A number from 1 to 500, or null for any number.")
        }
        try reader.check()
    }

    /// - Parameters:
    ///   - open: documents that he has.
    ///   - accepted: jobs that he accepted in the last hour.
    /// - Throws: ``ProcessRefusal``: `at-capacity`.
    public func check(open count: Int, accepted: Int) throws(ProcessRefusal) {
        if let open, count >= open {
            throw ProcessRefusal(
                .atCapacity, zh: "手上已有\(count)张单，上限是\(open)张；做完一张后会再通知您",
                en: "you have \(count) jobs, the limit is \(open); you are told again when you have room")
        }
        if let hourly, accepted >= hourly {
            throw ProcessRefusal(
                .atCapacity, zh: "一小时内最多抢\(hourly)张单，请把机会留给同事",
                en: "at most \(hourly) jobs are taken in an hour: leave some to your colleagues")
        }
    }
}
