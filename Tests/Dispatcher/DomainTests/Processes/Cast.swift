import Contracts
import DispatcherDomain
import Foundation
import Kernel

/// People of the stories; the same name is always the same person.
enum Cast {
    static func staff(
        _ name: String, _ roles: String..., level: Int = 1, stations: Set<String> = [],
        in departments: Set<String> = ["home"]
    ) -> StaffActor {
        StaffActor(
            person: person(name), roles: Set(roles), level: level, departments: departments, stations: stations)
    }

    static func person(_ name: String) -> Person {
        Person(id: ID(UUID(namespace: UUID(uuid: noUUID), name: name)), name: name)
    }

    private static let noUUID: uuid_t = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)

    static let desk = staff("赵敏", "desk")
    static let dispatcher = staff("钱调度", "dispatcher")
    static let engineer = staff("王工", "engineer")
    static let colleague = staff("李工", "engineer")
    static let manager = staff("陈经理", "manager")
    static let supervisor = staff("孙主管", "supervisor")
    static let finance = staff("周财务", "finance")
    static let warehouse = staff("吴仓库", "warehouse")
    static let quality = staff("郑质检", "quality")
    static let generalManager = staff("冯总", "general-manager")
}

extension StaffActor {
    /// As whom a command names.
    var candidate: Candidate { Candidate(.person(person), roles: roles, level: level) }
}
