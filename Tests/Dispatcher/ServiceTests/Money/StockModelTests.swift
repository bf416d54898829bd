import Contracts
import DispatcherDomain
@testable import DispatcherService
import Foundation
import Hummingbird
import HummingbirdTesting
import Kernel
import ServiceKit
import TestSupport
import Testing

private let api = "/api/dispatch/v1"

@Suite struct `What lies where` {
    /// Told of whatever comes to mind, each place has what a list on paper says, and never less than nothing.
    @Test(arguments: UInt64(1)...3) func `is the sum of what was told, and what was not there was not taken`(
        seed: UInt64
    ) async throws {
        try await withDispatcher { dispatcher, client in
            var dice = Seeded(state: seed)
            let warehouse = try await dispatcher.token("warehouse")
            let kept = try await client.call(
                .put, "\(api)/parts/fan", token: warehouse, json: #"{"name":{"zh":"风扇","en":"Fan"},"price":1250}"#)
            #expect(kept.status == 200, "\(kept.text)")
            let engineer = try dispatcher.member("engineer").person.id
            let places = ["headquarters", "station:shanghai", "station:beijing", "engineer:\(engineer)"]
            var paper: [String: Int] = [:]
            var refusals = 0
            for _ in 0..<60 {
                let from = places.randomElement(using: &dice) ?? places[0]
                let to = places.filter { $0 != from }.randomElement(using: &dice) ?? places[0]
                let quantity = Int.random(in: 1...6, using: &dice)
                let (ends, taken, put): (String, String?, String?) =
                    switch Int.random(in: 0..<5, using: &dice) {
                    case 0, 1: (#""kind":"receipt","to":"\#(to)""#, nil, to)
                    case 2: (#""kind":"transfer","from":"\#(from)","to":"\#(to)""#, from, to)
                    case 3: (#""kind":"return","from":"\#(from)","to":"\#(to)""#, from, to)
                    default: (#""kind":"write-off","from":"\#(from)","note":"坏""#, from, nil)
                    }
                let json = #"{"id":"\#(UUID())",\#(ends),"quantity":\#(quantity)}"#
                let isThere = taken.map { paper[$0, default: 0] >= quantity } ?? true
                // Every third is told twice.
                for _ in 0..<(Int.random(in: 0..<3, using: &dice) == 0 ? 2 : 1) {
                    let moved = try await client.call(
                        .post, "\(api)/parts/fan/movements", token: warehouse, json: json)
                    #expect(moved.status == (isThere ? 200 : 409), "seed \(seed): \(json) \(moved.text)")
                    #expect(moved.problem == (isThere ? nil : "not-enough"), "\(moved.text)")
                }
                guard isThere else {
                    refusals += 1
                    continue
                }
                if let taken { paper[taken, default: 0] -= quantity }
                if let put { paper[put, default: 0] += quantity }
            }
            #expect(refusals > 0, "seed \(seed) never asks for more than there is")
            for place in places {
                let stock = try await client.call(.get, "\(api)/stock?part=fan&place=\(place)", token: warehouse)
                let wanted = paper[place, default: 0]
                #expect(stock["items.0.quantity"] == (wanted == 0 ? nil : "\(wanted)"), "seed \(seed): \(stock.text)")
            }
        }
    }
}
