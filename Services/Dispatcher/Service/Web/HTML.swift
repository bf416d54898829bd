import Crypto
import Foundation
import Hummingbird
import Kernel
import NIOCore

/// Markup in which every value that is put in is escaped, unless it is markup itself.
struct HTML: ExpressibleByStringInterpolation, Sendable {
    let text: String

    init(stringLiteral value: String) { text = value }
    init(stringInterpolation: StringInterpolation) { text = stringInterpolation.text }
    init(joining parts: [HTML]) { text = parts.map(\.text).joined() }

    struct StringInterpolation: StringInterpolationProtocol {
        var text = ""

        init(literalCapacity: Int, interpolationCount: Int) { text.reserveCapacity(literalCapacity * 2) }
        mutating func appendLiteral(_ literal: String) { text += literal }
        mutating func appendInterpolation(_ markup: HTML) { text += markup.text }
        mutating func appendInterpolation(_ value: String) {
            for character in value.unicodeScalars {
                switch character {
                case "&": text += "&amp;"
                case "<": text += "&lt;"
                case ">": text += "&gt;"
                case "\"": text += "&quot;"
                case "'": text += "&#39;"
                default: text.unicodeScalars.append(character)
                }
            }
        }
    }
}

/// A whole page, made for a telephone: one column, large buttons, no script.
enum Page {
    static func response(
        _ words: Words, title: String, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:], _ body: HTML
    ) -> Response {
        let page: HTML = """
            <!doctype html>
            <html lang="\(words.language.rawValue)">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>\(title) · Paidan</title>
            <style>\(style)</style>
            </head>
            <body>
            <main>
            \(body)
            </main>
            </body>
            </html>

            """
        var headers = headers
        headers[.contentType] = "text/html; charset=utf-8"
        headers[.contentSecurityPolicy] =
            "default-src 'none'; style-src '\(styleHash)'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        return Response(
            status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: page.text)))
    }

    static func redirect(to path: String, headers: HTTPFields = [:]) -> Response {
        var headers = headers
        headers[.location] = path
        return Response(status: .seeOther, headers: headers)
    }

    private static let style: HTML = """
        :root { color-scheme: light dark; font: 17px/1.5 system-ui, sans-serif; }
        body { margin: 0; }
        main { max-width: 34rem; margin: 0 auto; padding: 1rem; }
        h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
        article { border: 1px solid #8886; border-radius: .6rem; padding: .8rem; margin: .8rem 0; }
        article h3 { margin: 0; font-size: 1rem; overflow-wrap: anywhere; }
        p { margin: .3rem 0; overflow-wrap: anywhere; }
        .notice { border-left: .3rem solid #c60; padding-left: .6rem; }
        label { display: block; margin: .8rem 0; }
        input, select, button { font: inherit; width: 100%; box-sizing: border-box; padding: .7rem; border-radius: .5rem;
          border: 1px solid #8888; }
        button { margin-top: .6rem; background: #0b5cad; color: #fff; border: 0; }
        .plain button { background: none; color: inherit; border: 1px solid #8888; }
        """

    private static let styleHash =
        "sha256-" + Data(SHA256.hash(data: Data(style.text.utf8))).base64EncodedString()
}
