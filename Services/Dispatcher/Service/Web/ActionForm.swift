import Contracts
import DispatcherDomain
import Foundation
import Kernel

/// One action of a work order as a form on a page: a bare button where nothing is to be filled in.
struct ActionForm: Sendable {
    let action: ActionJSON
    let visit: Int?
    let seen: WorkSeen
    let words: Words

    var html: HTML {
        let visitField: HTML =
            if let visit { "<input type=\"hidden\" name=\"visit\" value=\"\(String(visit))\">" } else { "" }
        let reason: HTML =
            action.needsReason
            ? "<label>\(words.reason)<input name=\"reason\" required maxlength=\"2000\"></label>" : ""
        let candidate: HTML =
            action.needsCandidate
            ? """
            <label>\(words.candidate)<input name="staff" required value="\(seen.staff.person.id.description)"></label>
            """ : ""
        let form: HTML = """
            <form method="post" action="/m/\(seen.order.id.description)/\(action.code)">\
            <input type="hidden" name="revision" value="\(String(seen.order.state.revision))">\(visitField)\
            \(HTML(joining: action.fields.map(input)))\(reason)\(candidate)\
            <button>\(action.title[words.language])</button></form>
            """
        let isBare = action.fields.isEmpty && !action.needsReason && !action.needsCandidate
        return isBare
            ? form : "<details><summary>\(action.title[words.language])</summary>\(form)</details>\n"
    }

    private func input(_ field: FieldJSON) -> HTML {
        let required: HTML = field.isRequired ? " required" : ""
        let name: HTML = "f.\(field.code)"
        let control: HTML
        switch field.type {
        case .choice:
            let options = field.choices.map { choice -> HTML in
                let isChosen: HTML = text(field) == choice.code ? " selected" : ""
                return "<option value=\"\(choice.code)\"\(isChosen)>\(choice.title[words.language])</option>"
            }
            control = """
                <select name="\(name)"\(required)><option value=""></option>\(HTML(joining: options))</select>
                """
        case .flag:
            control = """
                <select name="\(name)"\(required)><option value=""></option>\
                <option value="true">\(words.say("是", "Yes"))</option>\
                <option value="false">\(words.say("否", "No"))</option></select>
                """
        case .number, .money:
            control = "<input name=\"\(name)\" inputmode=\"decimal\" value=\"\(text(field))\"\(required)>"
        case .date: control = "<input type=\"date\" name=\"\(name)\"\(required)>"
        case .time: control = "<input type=\"datetime-local\" name=\"\(name)\"\(required)>"
        case .text, .choices, .person, .phone, .files, .signature:
            control = "<input name=\"\(name)\" value=\"\(text(field))\"\(required)>"
        }
        return "<label>\(field.title[words.language])\(control)</label>"
    }

    private func text(_ field: FieldJSON) -> String {
        switch field.value?.value {
        case .text(let text): text
        case .number(let number): "\(number)"
        case .list(let list): list.joined(separator: ",")
        case .person(let person): person.id.description
        case .flag, .time, nil: ""
        }
    }
}
