public import Kernel

/// A definition as a picture: SVG in one language, with the work order's track and, beside it, the visit's.
///
/// The same definition always gives the same bytes. No script, no outside font or file.
public enum ProcessDiagram {
    public static func svg(_ definition: ProcessDefinition, _ language: Language) -> String {
        let tracks = TrackKind.allCases.compactMap { kind in
            definition.track(kind).map { TrackDrawing(kind, $0, definition, language) }
        }
        let width = tracks.map(\.width).reduce(0, +) + Double(max(tracks.count - 1, 0)) * 24
        let height = (tracks.map(\.height).max() ?? 0) + 64
        var svg = """
            <svg xmlns="http://www.w3.org/2000/svg" width="\(number(width))" height="\(number(height))" \
            viewBox="0 0 \(number(width)) \(number(height))" \
            font-family="'Noto Sans CJK SC','PingFang SC','Microsoft YaHei',sans-serif" font-size="14">
            <title>\(escape(definition.title[language]))</title>
            <defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">\
            <path d="M0,0 L8,4 L0,8 z" fill="#555"/></marker></defs>
            <rect width="100%" height="100%" fill="#fff"/>

            """
        var x = 0.0
        for (track, words) in zip(tracks, definition.tracks.map(\.title)) {
            svg += "<g transform=\"translate(\(number(x)),48)\">\n"
            svg += "<text x=\"24\" y=\"-16\" font-size=\"18\" font-weight=\"bold\">\(escape(words[language]))</text>\n"
            svg += track.body + "</g>\n"
            x += track.width + 24
        }
        return svg + "</svg>\n"
    }

    /// At most one digit behind the point, so that no platform writes it otherwise.
    static func number(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths < 0 ? "-" : "")\(abs(tenths) / 10).\(abs(tenths) % 10)"
    }

    static func escape(_ text: String) -> String {
        var escaped = ""
        for character in text.unicodeScalars {
            switch character {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case _ where character.value < 0x20: escaped += " "
            default: escaped.unicodeScalars.append(character)
            }
        }
        return escaped
    }

    /// About as wide as it is drawn: Chinese is as wide as it is high, Latin a little over half.
    static func width(_ text: String, size: Double) -> Double {
        text.unicodeScalars.reduce(0) { $0 + ($1.value >= 0x2E80 ? size : size * 0.56) }
    }
}
