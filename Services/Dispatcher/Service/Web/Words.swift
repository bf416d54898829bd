import Contracts
import DispatcherDomain
import Foundation
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

    var history: String { say("经过", "What happened") }
    var visit: String { say("第几次上门", "visit") }
    var reason: String { say("原因", "Reason") }
    var candidate: String { say("由谁处理（员工编号）", "Who shall have it (staff id)") }

    /// `2026-11-22 16:30`, by the clock on a wall in China.
    func time(_ date: Date) -> String {
        let style = Date.ISO8601FormatStyle(
            dateTimeSeparator: .space, timeZone: TimeZone(secondsFromGMT: 8 * 3600) ?? .gmt)
        return String(
            style.year().month().day().dateSeparator(.dash).time(includingFractionalSeconds: false).format(date)
                .prefix(16))
    }

    /// What stands in a field; nil for nothing that could be read here, such as a file.
    func value(_ value: FieldValue?, of field: ProcessField) -> String? {
        func title(_ code: String) -> String {
            field.choices.first { $0.code == code }.map { $0.title[language] } ?? code
        }
        switch (value, field.type) {
        case (nil, _), (_, .files), (_, .signature): return nil
        case (.text(let text), _): return title(text)
        case (.number(let number), _): return "\(number)"
        case (.flag(let flag), _): return flag ? say("是", "yes") : say("否", "no")
        case (.list(let codes), _): return codes.map(title).joined(separator: say("、", ", "))
        case (.time(let date), .date): return String(time(date).prefix(10))
        case (.time(let date), _): return time(date)
        case (.person(let person), _): return person.name
        }
    }

    /// Which rule has refused it; what is wrong in each field; who has it now.
    func refusal(_ refused: WorkRefused) -> String {
        let words = refused.refusal.words
        var parts = [say(words.zh, words.en)] + refused.refusal.faults.map(\.message)
        if let holder = refused.seen.order.state.work.holder, refused.refusal.faults.isEmpty {
            parts.append(say("现在由\(holder.name)处理", "\(holder.name) has it"))
        }
        return parts.joined(separator: "; ")
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
