import Contracts
import Foundation
import ServiceKit

/// How the notifier sends; each key, its meaning and its range are in `all`.
struct NotifierSettings: Sendable {
    enum Role: String, CaseIterable, Sendable { case planner, sms, mail, wechat, http }

    struct SMS: Sendable {
        var kannelURL: String
        var user: String
        var password: String
        var receiptURL: String?
        var receiptSecret: String?
        var sender: String?
        var workers: Int
    }

    struct Mail: Sendable {
        enum TLS: String, CaseIterable, Sendable { case none, starttls, tls }
        var host: String
        var port: Int
        var from: String
        var fromName: String
        var domain: String
        var tls: TLS
        var caFile: String?
        var user: String?
        var password: String?
        var workers: Int
    }

    struct WeChat: Sendable {
        var url: String
        var appID: String
        var secret: String
        var template: String
        var workers: Int
    }

    var roles: Set<Role>
    var providerTimeout: Duration
    var sms: SMS
    var mail: Mail
    var weChat: WeChat

    var channels: [NotifyChannel] {
        NotifyChannel.allCases.filter { channel in roles.contains { $0.rawValue == channel.rawValue } }
    }

    init(_ reader: SettingsReader) throws {
        roles = Set(try reader.read(Keys.roles).compactMap(Role.init(rawValue:)))
        providerTimeout = try reader.read(Keys.providerTimeout)
        sms = SMS(
            kannelURL: try reader.read(Keys.kannelURL), user: try reader.read(Keys.kannelUser),
            password: try reader.read(Keys.kannelPassword) ?? "", receiptURL: try reader.read(Keys.receiptURL),
            receiptSecret: try reader.read(Keys.receiptSecret), sender: try reader.read(Keys.sender),
            workers: try reader.read(Keys.smsWorkers))
        mail = Mail(
            host: try reader.read(Keys.mailHost), port: try reader.read(Keys.mailPort),
            from: try reader.read(Keys.mailFrom),
            fromName: try reader.read(Keys.mailFromName), domain: try reader.read(Keys.mailDomain),
            tls: Mail.TLS(rawValue: try reader.read(Keys.mailTLS)) ?? .starttls,
            caFile: try reader.read(Keys.mailCAFile),
            user: try reader.read(Keys.mailUser), password: try reader.read(Keys.mailPassword),
            workers: try reader.read(Keys.mailWorkers))
        weChat = WeChat(
            url: try reader.read(Keys.weChatURL), appID: try reader.read(Keys.weChatAppID),
            secret: try reader.read(Keys.weChatSecret) ?? "", template: try reader.read(Keys.weChatTemplate),
            workers: try reader.read(Keys.weChatWorkers))
    }
}

extension NotifierSettings {
    enum Keys {
        static let roles = Setting<[String]>.list(
            "roles", default: "planner,sms,mail,wechat,http", of: Role.allCases.map(\.rawValue),
            "What this process does: planner (events into deliveries), sms, mail, wechat (send), http (API and receipts)"
        )
        static let providerTimeout = Setting<Duration>.duration(
            "provider.timeout", default: "10s", in: .milliseconds(100)...(.seconds(60)),
            "The longest wait for a provider's answer; no message is held longer")
        static let kannelURL = Setting<String>.url(
            "sms.kannel_url", default: "http://127.0.0.1:13013/cgi-bin/sendsms", "Kannel's sendsms address")
        static let kannelUser = Setting<String>.string(
            "sms.kannel_user", default: "paidan", "User of Kannel's sendsms-user group")
        static let kannelPassword = Setting<String?>.optional("sms.kannel_password", "Its password", isSecret: true)
        static let receiptURL = Setting<String?>.optionalURL(
            "sms.receipt_url",
            "Where Kannel reports, without the secret: http://HOST:8103/api/notify/v1/receipts/kannel; without it no reports"
        )
        static let receiptSecret = Setting<String?>.optional(
            "sms.receipt_secret", "The last word of the reports' path; letters and digits", isSecret: true)
        static let sender = Setting<String?>.optional(
            "sms.sender", "Number that messages come from; Kannel's own when unset")
        static let smsWorkers = Setting<Int>.int(
            "sms.workers", default: 8, in: 1...256, "SMS sent at once by this process")
        static let mailHost = Setting<String>.string("mail.host", default: "127.0.0.1", "The mail relay")
        static let mailPort = Setting<Int>.int("mail.port", default: 25, in: 1...65535, "Its port")
        static let mailFrom = Setting<String>.string(
            "mail.from", default: "service@paidan.example", "Address that mails come from; bounces go there too")
        static let mailFromName = Setting<String>.string("mail.from_name", default: "派单服务", "Name beside it")
        static let mailDomain = Setting<String>.string(
            "mail.domain", default: "paidan.example", "Domain in Message-ID and EHLO")
        static let mailTLS = Setting<String>.choice(
            "mail.tls", default: "none", of: Mail.TLS.allCases.map(\.rawValue),
            "How the line to the relay is secured: not at all, by STARTTLS (never skipped), or from the first byte")
        static let mailCAFile = Setting<String?>.optional(
            "mail.ca_file", "PEM file with the authorities to trust for the relay; the system's when unset")
        static let mailUser = Setting<String?>.optional(
            "mail.user", "User at the relay; needs mail.tls other than none")
        static let mailPassword = Setting<String?>.optional("mail.password", "Its password", isSecret: true)
        static let mailWorkers = Setting<Int>.int(
            "mail.workers", default: 32, in: 1...256,
            "Mails sent at once by this process; also its connections to the relay")
        static let weChatURL = Setting<String>.url(
            "wechat.url", default: "https://api.weixin.qq.com", "Address of the official account's API")
        static let weChatAppID = Setting<String>.string("wechat.appid", default: "", "The account's appid")
        static let weChatSecret = Setting<String?>.optional("wechat.secret", "The account's secret", isSecret: true)
        static let weChatTemplate = Setting<String>.string(
            "wechat.template", default: "", "Template id that is used where a template names none")
        static let weChatWorkers = Setting<Int>.int(
            "wechat.workers", default: 8, in: 1...256, "WeChat messages sent at once by this process")

        static let all: [any AnySetting] = [
            roles, providerTimeout, kannelURL, kannelUser, kannelPassword, receiptURL, receiptSecret, sender,
            smsWorkers,
            mailHost, mailPort, mailFrom, mailFromName, mailDomain, mailTLS, mailCAFile, mailUser, mailPassword,
            mailWorkers, weChatURL, weChatAppID, weChatSecret, weChatTemplate, weChatWorkers,
        ]
    }
}
