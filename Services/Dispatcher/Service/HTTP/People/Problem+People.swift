import Contracts
import DispatcherDomain
import Hummingbird
import Kernel
import ServiceKit

extension Problem {
    /// Which rule has refused it, in both languages.
    init(_ refusal: PeopleRefusal) {
        let status: HTTPResponse.Status =
            switch refusal {
            case .roleMissing, .otherDepartment, .ownRights, .ownLeave, .wrongPassword: .forbidden
            case .unknownStaff: .notFound
            case .unknownDepartment, .unknownSkill, .unknownShift, .passwordUnfit: .unprocessableContent
            case .stale, .loginTaken, .emailTaken, .codeTaken, .closedDepartment, .departmentLoop, .departmentInUse,
                .treeTooLarge, .lastAdministrator, .leaveOverlaps, .leaveDecided, .leaveStarted, .onLeave,
                .dutyOverlaps,
                .dutyOver, .deputyAway:
                .conflict
            }
        self.init(status, type: refusal.code, title: Self.title(of: status), detail: refusal.words.en)
        words = refusal.words
    }

    private static func title(of status: HTTPResponse.Status) -> String {
        switch status {
        case .forbidden: "Not allowed"
        case .notFound: "Not found"
        case .unprocessableContent: "The request has fields that cannot be taken"
        default: "The request conflicts with the present state"
        }
    }

    init(_ refusal: SignIn.Refusal) {
        switch refusal {
        case .wrong:
            self.init(
                .unauthorized, type: "sign-in-failed", title: "Login or password is wrong.",
                detail: "A one-time password can be used once, within 24 hours.")
            words = Phrase(
                zh: "账号或密码错误。一次性密码只能使用一次，24小时内有效。",
                en: "Login or password is wrong. A one-time password works once, within 24 hours.")
        case .locked(let wait):
            let seconds = wait.components.seconds
            self.init(
                .tooManyRequests, type: "sign-in-locked", title: "Too many failed sign-ins.",
                detail: "Try again in \(seconds) seconds.", retryAfter: wait)
            words = Phrase(zh: "失败次数过多，请\(seconds)秒后再试。", en: "Too many failures. Try again in \(seconds) seconds.")
        case .over:
            self.init(
                .unauthorized, type: "session-over", title: "The session is over.", detail: "Sign in again.")
            words = Phrase(zh: "登录已失效，请重新登录。", en: "The session is over. Sign in again.")
        case .stranger:
            self.init(
                .forbidden, type: "not-on-the-staff", title: "Nobody here is known by this account.",
                detail: "An administrator must enter your e-mail address first.")
            words = Phrase(
                zh: "此账号没有对应的员工，请联系管理员登记您的邮箱。",
                en: "Nobody here is known by this account; ask an administrator to enter your e-mail address.")
        }
    }
}
