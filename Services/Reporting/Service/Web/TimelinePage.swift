internal import Foundation
internal import ReportingDomain

/// A ticket's life as a page: shares of time as a bar, stations as a line, messages and call-backs below.
enum TimelinePage {
    static func html(_ timeline: TimelineJSON, _ words: PageWords) -> HTML {
        PageLayout.page(
            "\(timeline.number) \(timeline.subject)", words,
            """
            <p><a href="/reports">← \(words("全部工单", "All tickets"))</a></p>
            <h1>\(timeline.number) · \(timeline.subject)</h1>
            <p class="soft">\(timeline.customer) · \(words.title(ofStatus: timeline.status)) · \(timeline.department)</p>
            \(bar(timeline.nodes, words))
            <ol class="life">
            \(timeline.nodes.map { station($0, words) })
            </ol>
            \(incidents(timeline.incidents, words))
            \(wishes(timeline.wishes, words))
            \(messages(timeline.messages, words))
            \(callBacks(timeline.callBacks, words))
            \(calls(timeline.calls, words))
            """)
    }

    /// The work order's own nodes: visits go on beside them. Widths follow the time, but none is too small to see.
    private static func bar(_ nodes: [TimelineJSON.NodeJSON], _ words: PageWords) -> HTML {
        let timed = nodes.filter { $0.seconds != nil && $0.visit == nil }
        let total = timed.reduce(0) { $0 + ($1.seconds ?? 0) }
        guard total > 0 else { return "" }
        var x = 0
        let pieces = timed.map { node -> HTML in
            let width = 20 + Int((node.seconds ?? 0) / total * Double(1000 - 20 * timed.count))
            defer { x += width }
            let text = "\(words(node.titleZh, node.titleEn)) \(words.duration(node.seconds ?? 0))"
            let style: HTML = node.until == nil ? " class=\"now\"" : ""
            return "<rect x=\"\(x)\" y=\"0\" width=\"\(width)\" height=\"14\"\(style)><title>\(text)</title></rect>"
        }
        let label = words("各环节用时", "Time at each station")
        return
            "<svg class=\"share\" viewBox=\"0 0 1000 14\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"\(label)\">\(pieces)</svg>"
    }

    private static func station(_ node: TimelineJSON.NodeJSON, _ words: PageWords) -> HTML {
        let isNow = node.until == nil && node.seconds != nil
        let style: HTML = isNow ? " class=\"now\"" : ""
        let long = node.seconds.map { " · " + (isNow ? words("至今 ", "so far ") : "") + words.duration($0) } ?? ""
        let visit = node.visit.map { words("上门单 \($0) · ", "Visit \($0) · ") } ?? ""
        return """
            <li\(style)><strong>\(visit)\(words(node.titleZh, node.titleEn))</strong> \(node.who ?? "—")<br>
            <span class="soft"><time datetime="\(node.from.formatted(.iso8601))">\(words.time(node.from))</time><span class="long">\(long)</span></span></li>

            """
    }

    private static func incidents(_ incidents: [TimelineJSON.IncidentJSON], _ words: PageWords) -> HTML {
        guard !incidents.isEmpty else { return "" }
        let rows = incidents.map { incident -> HTML in
            let long = incident.seconds.map {
                " · " + (incident.until == nil ? words("至今 ", "so far ") : "") + words.duration($0)
            }
            return """
                <tr><td class="short">\(words.time(incident.at))</td>
                <td class="short">\(words(incident.titleZh, incident.titleEn))\(long ?? "")</td>
                <td class="short">\(incident.who ?? "—")</td><td class="words">\(incident.note ?? "")</td></tr>

                """
        }
        return """
            <h2>\(words("其间", "Meanwhile"))</h2>
            <div class="scroll"><table>
            <tr><th>\(words("时间", "Time"))</th><th>\(words("事件", "What"))</th><th>\(words("人员", "Who"))</th><th>\(words("说明", "Why"))</th></tr>
            \(rows)
            </table></div>
            """
    }

    private static func wishes(_ wishes: [TimelineJSON.WishJSON], _ words: PageWords) -> HTML {
        guard !wishes.isEmpty else { return "" }
        let rows = wishes.map { wish -> HTML in
            """
            <tr><td class="short">\(words.time(wish.at))</td><td class="short">\(words.wish(wish.wish))</td>
            <td>\([wish.action, wish.note].compactMap(\.self).joined(separator: " · "))</td></tr>

            """
        }
        return """
            <h2>\(words("客户的要求", "What the customer asked for"))</h2>
            <div class="scroll"><table>
            <tr><th>\(words("时间", "Time"))</th><th>\(words("要求", "Wish"))</th><th>\(words("内容", "What he said"))</th></tr>
            \(rows)
            </table></div>
            """
    }

    private static func messages(_ messages: [TimelineJSON.MessageJSON], _ words: PageWords) -> HTML {
        guard !messages.isEmpty else {
            return
                "<h2>\(words("通知", "Messages"))</h2><p class=\"soft\">\(words("还没有发送通知。", "No message has been sent yet."))</p>"
        }
        let rows = messages.map { message -> HTML in
            """
            <tr><td class="short">\(words.time(message.at))</td><td class="short">\(words.occasion(message.occasion))</td>
            <td class="short">\(words.channel(message.channel))</td><td class="short">\(message.recipient)</td>
            <td>\(words.deliveryState(message.state))\(message.reason.map { " · " + $0 } ?? "")</td></tr>

            """
        }
        return """
            <h2>\(words("通知", "Messages"))</h2>
            <div class="scroll"><table>
            <tr><th>\(words("时间", "Time"))</th><th>\(words("事由", "Occasion"))</th><th>\(words("渠道", "Channel"))</th><th>\(words("收件人", "Recipient"))</th><th>\(words("结果", "Result"))</th></tr>
            \(rows)
            </table></div>
            """
    }

    private static func callBacks(_ callBacks: [TimelineJSON.CallBackJSON], _ words: PageWords) -> HTML {
        guard !callBacks.isEmpty else { return "" }
        let rows = callBacks.map { callBack -> HTML in
            "<tr><td>\(words.time(callBack.dueAt))</td><td>\(words.callBackState(callBack.state))</td></tr>\n"
        }
        return """
            <h2>\(words("回访", "Call-backs"))</h2>
            <div class="scroll"><table>
            <tr><th>\(words("应回访时间", "Due"))</th><th>\(words("状态", "State"))</th></tr>
            \(rows)
            </table></div>
            """
    }

    private static func calls(_ calls: [TimelineJSON.CallJSON], _ words: PageWords) -> HTML {
        guard !calls.isEmpty else { return "" }
        let rows = calls.map { call -> HTML in
            """
            <tr><td class="short">\(words.time(call.at))</td>
            <td class="short">\(words.callOutcome(call.outcome))\(call.score.map { " · \($0)/5" } ?? "")</td>
            <td class="short">\(call.who)</td><td class="words">\(call.note ?? "")</td></tr>

            """
        }
        return """
            <div class="scroll"><table>
            <tr><th>\(words("时间", "Time"))</th><th>\(words("结果", "Result"))</th><th>\(words("人员", "Who"))</th><th>\(words("客户的话", "What he said"))</th></tr>
            \(rows)
            </table></div>
            """
    }
}
