import Contracts
import DispatcherDomain
import Hummingbird
import Kernel

/// What the pages say, in the reader's language.
struct Words: Sendable {
    let language: Language

    /// The first language that the browser asks for; Chinese when it asks for neither.
    init(for request: Request) {
        let first = (request.headers[.acceptLanguage] ?? "").prefix { $0 != "," && $0 != ";" && $0 != "-" }
        language = first.lowercased() == "en" ? .english : .chinese
    }

    func say(_ chinese: String, _ english: String) -> String { language == .english ? english : chinese }

    var signIn: String { say("登录", "Sign in") }
    var signOut: String { say("退出", "Sign out") }
    var login: String { say("账号", "Login") }
    var password: String { say("密码或一次性密码", "Password or one-time password") }
    var myWork: String { say("我的任务", "My work") }
    var pool: String { say("待接任务", "Waiting to be accepted") }
    var nothing: String { say("暂无任务", "Nothing here") }

    func state(_ state: WorkState) -> String {
        switch state {
        case .offered: say("待接单", "Offered")
        case .accepted: say("已接单", "Accepted")
        case .travelling: say("在途", "Travelling")
        case .onSite: say("已到场", "On site")
        case .done: say("已完成", "Done")
        case .closed: say("已关闭", "Closed")
        }
    }

    /// On the button.
    func step(_ step: WorkStep) -> String {
        switch step {
        case .accept: say("接单", "Accept")
        case .depart: say("出发", "Set off")
        case .arrive: say("到达", "Arrived")
        case .finish: say("完成", "Finished")
        case .close: say("关闭", "Close")
        }
    }

    func refusal(_ refusal: WorkOrderProcess.Refusal) -> String {
        switch refusal {
        case .taken(let owner, _): say("已被\(owner.name)接单。", "\(owner.name) has accepted it.")
        case .notOwner(let owner): say("该任务属于\(owner.name)。", "It belongs to \(owner.name).")
        case .notPossible(let state, _), .stale(_, let state):
            say("任务状态已变为：\(self.state(state))。", "The work order has moved on: \(self.state(state)).")
        case .roleMissing, .otherDepartment: say("您没有此权限。", "You are not allowed to do this.")
        case .noteTooLong(let limit): say("备注最多\(limit)字。", "A note has at most \(limit) characters.")
        }
    }

    func refusal(_ refusal: SignIn.Refusal) -> String {
        switch refusal {
        case .wrong:
            say(
                "账号或密码错误。一次性密码只能使用一次，24小时内有效。",
                "Login or password is wrong. A one-time password works once, within 24 hours.")
        case .locked(let wait):
            say(
                "失败次数过多，请\(wait.components.seconds)秒后再试。",
                "Too many failures. Try again in \(wait.components.seconds) seconds.")
        case .over: say("登录已失效，请重新登录。", "The session is over. Sign in again.")
        case .stranger: say("此账号没有对应的员工。", "Nobody here is known by this account.")
        }
    }
}
