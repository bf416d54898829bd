/// The tickets that moved last.
enum TicketListPage {
    static func html(_ tickets: [TicketLineJSON], _ words: PageWords) -> HTML {
        let heading = words("工单", "Tickets")
        guard !tickets.isEmpty else {
            return PageLayout.page(
                heading, words,
                """
                <h1>\(heading)</h1>
                <p class="soft">\(words("这里还没有工单。第一张工单建立后，几秒内就会出现。", "There are no tickets yet. The first one will be here within seconds of its creation."))</p>
                """)
        }
        let rows = tickets.map { ticket -> HTML in
            """
            <tr><td class="short"><a href="/reports/tickets/\(ticket.number)">\(ticket.number)</a></td><td class="words">\(ticket.subject)</td>
            <td>\(ticket.customer)</td><td class="short">\(words.title(ofStatus: ticket.status))</td>
            <td class="short">\(ticket.who ?? "—")</td><td class="short">\(words.time(ticket.statusAt))</td></tr>

            """
        }
        return PageLayout.page(
            heading, words,
            """
            <h1>\(heading)</h1>
            <div class="scroll"><table>
            <tr><th>\(words("编号", "Number"))</th><th>\(words("主题", "Subject"))</th><th>\(words("客户", "Customer"))</th><th>\(words("状态", "Status"))</th><th>\(words("负责人", "With"))</th><th>\(words("更新时间", "Since"))</th></tr>
            \(rows)
            </table></div>
            """)
    }
}
