import Kernel
import Testing

@Suite struct `What people write` {
    @Test(arguments: [
        ("王小\u{202E}明", TextFlaw.hidden), ("a\u{2066}b", .hidden), ("Wang\u{200B}", .hidden), ("\u{FEFF}x", .hidden),
        ("x\u{E0041}", .hidden), ("a\u{0}b", .control), ("a\u{7}b", .control), ("a\u{85}b", .control),
        ("a\nb", .control),
        ("a\u{2028}b", .control), ("\u{FFFF}", .control), ("a" + String(repeating: "\u{0301}", count: 9), .marks),
    ])
    func `is not taken as a name`(text: String, flaw: TextFlaw) {
        #expect(TextFlaw.first(in: text, isLine: true) == flaw)
    }

    @Test(arguments: [
        "张三", "O’Brien", "Nguyễn Thị Thảo", "กำลังทำน้ำแข็ง", "שָׁלוֹם", "क्ष्म्य", "👩‍🔧", "é" + "e\u{0301}\u{0323}\u{0302}",
        "مىم\u{200C}ها", "㈱山田",
    ])
    func `is taken as it is written`(text: String) {
        #expect(TextFlaw.first(in: text, isLine: true) == nil)
    }

    @Test func `in several lines has line ends and what is pasted from pages, but turns no line round`() {
        #expect(TextFlaw.first(in: "one\r\n\ttwo\u{200B}\u{2028}three\u{AD}", isLine: false) == nil)
        #expect(TextFlaw.first(in: "one\n\u{202E}two", isLine: false) == .hidden)
        #expect(TextFlaw.first(in: "one\u{1B}[2J", isLine: false) == .control)
        #expect(TextFlaw.first(in: "x" + String(repeating: "\u{0489}", count: 200), isLine: false) == .marks)
    }
}
