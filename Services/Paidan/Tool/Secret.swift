import Foundation

/// Passwords for machines.
enum Secret {
    /// 160 bits in characters that survive any shell.
    static func make() -> String {
        let letters = Array("abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789")
        var generator = SystemRandomNumberGenerator()
        return String((0..<28).map { _ in letters.randomElement(using: &generator) ?? "x" })
    }

    /// The first line of a file.
    static func read(file: String) throws -> String {
        let text: String
        do {
            text = try String(contentsOfFile: file, encoding: .utf8)
        } catch {
            throw Complaint("The password file \(file) cannot be read: does it exist, may you read it, is it text?")
        }
        guard let line = text.split(separator: "\n").first, line.count >= 12 else {
            throw Complaint("\(file) holds no password of at least 12 characters in its first line.")
        }
        return String(line)
    }
}
