import Foundation
public import Kernel

/// Why a password is not taken.
public enum PasswordFault: String, Hashable, Sendable, CaseIterable {
    case tooShort, tooLong, wellKnown, holdsLogin, looksOneTime

    public var words: Phrase {
        switch self {
        case .tooShort:
            Phrase(
                zh: "密码至少\(PasswordRule.shortest)个字符。",
                en: "A password has at least \(PasswordRule.shortest) characters.")
        case .tooLong:
            Phrase(
                zh: "密码最多\(PasswordRule.longest)个字符。", en: "A password has at most \(PasswordRule.longest) characters.")
        case .wellKnown: Phrase(zh: "密码过于常见或简单，请换一个。", en: "This password is too simple; choose another.")
        case .holdsLogin: Phrase(zh: "密码不能包含账号。", en: "A password must not hold the login.")
        case .looksOneTime:
            Phrase(zh: "密码形式与一次性密码相同，请换一个。", en: "This looks like a one-time password; choose another.")
        }
    }
}

/// Length counts, kinds of characters do not (NIST SP 800-63B section 5.1.1.2).
public enum PasswordRule {
    public static let shortest = 10
    public static let longest = 128

    /// What of a password is hashed: one form of letters that can be written in several (NFKC).
    public static func normalised(_ text: String) -> String { text.precomposedStringWithCompatibilityMapping }

    /// - Parameter password: ``normalised(_:)``.
    public static func fault(in password: String, login: String) -> PasswordFault? {
        if password.count < shortest { return .tooShort }
        if password.count > longest { return .tooLong }
        let plain = password.lowercased()
        if plain.contains(login.lowercased()), login.count >= 3 { return .holdsLogin }
        if OneTimePassword(typed: password).isWellFormed { return .looksOneTime }
        if isSimple(plain) { return .wellKnown }
        return nil
    }

    /// A few characters again and again, a run along the alphabet or the keyboard, or one of those that everybody tries.
    private static func isSimple(_ plain: String) -> Bool {
        if Set(plain).count <= 3 { return true }
        let letters = plain.filter { $0.isLetter || $0.isNumber }
        let runs = [
            "01234567890123456789", "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm", "1qaz2wsx3edc4rfv",
        ]
        if letters.count >= 6, runs.contains(where: { $0.contains(letters) || $0.contains(String(letters.reversed())) })
        {
            return true
        }
        let word = letters.filter { !$0.isNumber }
        return triedByEverybody.contains(word) && letters.count - word.count <= 6
    }

    private static let triedByEverybody: Set<String> = [
        "password", "passw", "pssw", "pw", "admin", "administrator", "welcome", "letmein", "iloveyou", "qwerty", "abc",
        "woaini", "mima", "test", "user", "guest", "root", "changeme", "paidan", "secret", "a", "aa", "aaa",
    ]
}
