import BusinessTime
import DispatcherDomain
import Hummingbird
import Kernel
import ServiceKit

extension Problem {
    init(_ refusal: ServiceLevelRefusal) {
        let (status, title): (HTTPResponse.Status, String) =
            switch refusal {
            case .unknownCalendar, .unknownPolicy: (.notFound, "Not found")
            case .reservedKey: (.unprocessableContent, "The request has fields that cannot be taken")
            case .tooManyCalendars: (.conflict, "The request conflicts with the present state")
            }
        self.init(status, type: refusal.code, title: title, detail: refusal.words.en)
        words = refusal.words
    }

    init(_ refusal: ClockRefusal) {
        let said = Phrase(zh: refusal.words(in: .chinese), en: refusal.words(in: .english))
        self.init(
            .conflict, type: refusal.code.replacing(".", with: "-"),
            title: "The request conflicts with the present state", detail: said.en)
        words = said
    }

    /// The calendar has no answer.
    init(_ fault: CalendarFault) {
        let said: Phrase =
            switch fault {
            case .yearNotCovered(let year, let calendar):
                Phrase(
                    zh: "日历 \(calendar) 没有 \(year) 年的节假日安排，且设置为不作推测；请先导入。",
                    en: "Calendar \(calendar) does not know \(year) and is set not to guess; import that year first.")
            case .noWorkingTime(let years, let calendar):
                Phrase(
                    zh: "日历 \(calendar) 在 \(years) 年内没有工作时间。",
                    en: "Calendar \(calendar) has no working time within \(years) years.")
            case .outOfRange:
                Phrase(zh: "超出可计算的范围。", en: "This lies outside what can be computed.")
            }
        self.init(
            .unprocessableContent, type: "calendar-has-no-answer", title: "The calendar has no answer",
            detail: said.en)
        words = said
    }
}
