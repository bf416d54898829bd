import Contracts
import DispatcherDomain
import Foundation
import Testing

/// The same numbers in every run, so that what fails once fails again.
struct Dice: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    /// Steele, Lea and Flood's SplitMix.
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

@Suite struct `Whatever people do` {
    static let codes = ShippedProcesses.texts.keys.sorted()

    /// Thousands of commands that nobody planned: each is refused or keeps the state whole.
    @Test(arguments: codes)
    func `the state stays whole`(code: String) throws {
        let definition = try ShippedProcesses.read(code).definition
        let roles = Set(ProcessRole.all.keys).union(definition.roles.keys)
        let people = ["甲", "乙", "丙"].map { name in
            StaffActor(
                person: Cast.person(name), roles: roles, level: 3, departments: ["home"], stations: ["hz"])
        }
        var taken = 0
        for seed in 0..<20 as Range<UInt64> {
            var dice = Dice(seed)
            var walk = try Walk(
                definition, facts: ["customer.name": "x", "ticket.description": "y", "ticket.kind": "question"])
            for _ in 0..<80 where !walk.state.isClosed {
                let before = walk.state
                walk.now += Double(Int.random(in: 0...7200, using: &dice))
                let who = Int.random(in: 0...5, using: &dice)
                let actor: Actor = who < 3 ? .staff(people[who]) : who == 3 ? .customer : .staff(people[0])
                let command = Self.command(walk, people, &dice)
                let isTimed =
                    switch command {
                    case .timer, .clock, .followUp, .asideOver: true
                    default: false
                    }
                do {
                    try walk.send(command, by: isTimed ? .timer : actor)
                    taken += 1
                } catch {
                    #expect(error is ProcessRefusal)
                    #expect(walk.state == before)
                }
                Self.checkWhole(walk)
            }
        }
        #expect(taken > 40)
    }

    private static func checkWhole(_ walk: Walk) {
        let state = walk.state
        #expect(walk.definition.work.step(state.work.step) != nil)
        #expect(state.revision == Int64(walk.events.count))
        if state.isClosed {
            #expect(state.openVisits == [] && state.hold == nil && state.approvals == [])
            #expect(state.clocks.values.allSatisfy { $0.phase == .stopped })
        }
        // Nobody stops where there are only routes.
        #expect(walk.definition.work.step(state.work.step)?.routes == [])
    }

    private static func command(_ walk: Walk, _ people: [StaffActor], _ dice: inout Dice) -> ProcessCommand {
        let person = people[Int.random(in: 0..<people.count, using: &dice)]
        switch Int.random(in: 0..<14, using: &dice) {
        case 0:
            return .putAside(reason: walk.definition.standing.aside?.reasons.randomElement(using: &dice)?.code ?? "x")
        case 1: return .resume()
        case 2: return .urge()
        case 3: return .transfer(.work, to: person.candidate, reason: "忙")
        case 4: return .followUp(hold: walk.state.holds)
        case 5: return .grant(approval: Int.random(in: 0...3, using: &dice))
        case 6: return .suspend(reason: "等")
        case 7:
            let clock = walk.definition.clocks.randomElement(using: &dice)?.code ?? "x"
            return .clock(clock, percent: [75, 100].randomElement(using: &dice) ?? 75, run: 1)
        default: break
        }
        let open = walk.state.openVisits.last
        let scope: Scope = Bool.random(using: &dice) ? open.map(Scope.visit) ?? .work : .work
        let track = scope == .work ? walk.definition.work : walk.definition.visit
        guard let place = walk.state[scope], let step = track?.step(place.step) else { return .urge() }
        if let timer = step.timers.randomElement(using: &dice), Int.random(in: 0..<4, using: &dice) == 0 {
            return .timer(TimerKey(scope, timer.code, entry: place.entry))
        }
        guard let action = step.actions.randomElement(using: &dice) else { return .urge() }
        var fields: [String: FieldValue] = [:]
        for reference in action.fill {
            if let field = track?.field(reference.code) { fields[field.code] = value(field, person, &dice) }
        }
        return .act(
            ActionCommand(action.code, scope, fields: fields, reason: "因为", candidate: person.candidate))
    }

    private static func value(_ field: ProcessField, _ person: StaffActor, _ dice: inout Dice) -> FieldValue {
        let choice = field.choices.randomElement(using: &dice)?.code ?? ""
        return switch field.type {
        case .text, .phone, .signature: "1"
        case .number, .money: .number(Decimal(Int.random(in: 1...100, using: &dice)))
        case .flag: .flag(Bool.random(using: &dice))
        case .choice: .text(choice)
        case .choices: .list([choice])
        case .date, .time: .time(Walk.start + 3600)
        case .person: .person(person.person)
        case .files: .list(["a"])
        }
    }

    /// A definition with a slip of the finger is read or refused, and never takes the reader down.
    @Test(arguments: codes)
    func `a mistyped definition is read or refused`(code: String) throws {
        let text = Array(try #require(ShippedProcesses.texts[code]))
        let slips = Array("{}[]:,-&*'\"\n #|>x中0")
        var dice = Dice(7)
        var refused = 0
        for _ in 0..<150 {
            var copy = text
            let place = Int.random(in: 0..<copy.count, using: &dice)
            switch Int.random(in: 0..<3, using: &dice) {
            case 0: copy.remove(at: place)
            case 1: copy.insert(slips.randomElement(using: &dice) ?? "x", at: place)
            default: copy[place] = slips.randomElement(using: &dice) ?? "x"
            }
            do throws(InvalidDefinition) {
                _ = try ProcessDefinition.read(String(copy), fragments: ShippedProcesses.fragments)
            } catch {
                refused += 1
                #expect(!error.faults.isEmpty)
                #expect(error.faults.allSatisfy { $0.at.line >= 1 && $0.at.column >= 1 })
            }
        }
        #expect(refused > 20)
    }
}
