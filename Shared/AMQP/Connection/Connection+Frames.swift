/// Frames out and in, so many in one turn of the thread that neither direction keeps the other waiting.
extension Connection {
    private static let framesPerTurn = 512
    private static let messagesPerTurn = 256
    /// What may be sent between two looks at whether the socket takes more; a fraction of its buffer, so that the
    /// library, which would block, does not.
    private static let bytesPerLook = 64 * 1024

    /// - Returns: whether there is more to send and nothing to wait for.
    func feed(_ sleep: inout ThreadExecutor.Sleep) -> Bool {
        guard let wire, machine.isOpen, sending != nil || machine.hasPublication else { return false }
        var budget = 0
        var count = 0
        wire.cork(true)
        defer { wire.cork(false) }
        do {
            while count < Self.messagesPerTurn {
                if budget <= 0 {
                    guard wire.isWritable else {
                        sleep.wantsWrite = true
                        return false
                    }
                    budget = Self.bytesPerLook
                }
                if sending == nil {
                    guard let (channel, message) = machine.nextPublication(now: now) else { return false }
                    try wire.sendHead(message, channel: channel)
                    budget -= 256
                    count += 1
                    if !message.body.isEmpty { sending = Sending(message: message, channel: channel) }
                }
                guard var current = sending else { continue }
                sending = nil
                let next = try wire.sendBody(current.message.body, from: current.offset, channel: current.channel)
                budget -= next - current.offset
                current.offset = next
                if next < current.message.body.count { sending = current }
            }
        } catch {
            machine.lost(error.description, now: now)
            return false
        }
        return true
    }

    /// - Returns: whether there may be more to read.
    func drain() -> Bool {
        guard let wire else { return false }
        let now = now
        for _ in 0..<Self.framesPerTurn where machine.isUp {
            let goesOn = wire.read { reading in
                switch reading {
                case .nothing: return false
                case .skipped: return true
                case .failed(let text):
                    machine.lost(text, now: now)
                    return false
                case .frame(let frame, let channel):
                    do throws(ProtocolFault) {
                        if let assembled = try assembler.take(frame, channel: channel) {
                            machine.received(assembled, channel: channel, now: now)
                        }
                        return true
                    } catch {
                        machine.lost("protocol: \(error.text)", now: now)
                        return false
                    }
                }
            }
            if !goesOn { return false }
        }
        return machine.isUp
    }
}
