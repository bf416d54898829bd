import Messaging
import ServiceKit

/// Everything by which work runs, around one shelf of definitions.
struct ProcessDesk: Sendable {
    let kit: Kit
    let shelf: ProcessShelf
    let keep: KeepWork
    let runWork: RunWork
    let offers: OfferDesk

    init(_ kit: Kit) {
        self.kit = kit
        shelf = ProcessShelf(logger: kit.logger)
        keep = KeepWork(clocks: KeepClocks(library: ClockLibrary()))
        let round = WorkRound(outbox: kit.outbox, shelf: shelf, keep: keep)
        runWork = RunWork(pool: kit.requestPool, round: round)
        offers = OfferDesk(pool: kit.requestPool, round: round)
    }

    var onTicketCreated: OnTicketCreated {
        OnTicketCreated(open: OpenWork(shelf: shelf, keep: keep, logger: kit.logger))
    }

    var onCustomerAsked: OnCustomerAsked { OnCustomerAsked(shelf: shelf, keep: keep, logger: kit.logger) }

    var onCallBackDone: OnCallBackDone { OnCallBackDone(shelf: shelf, keep: keep, logger: kit.logger) }

    var lookUp: LookUpWork { LookUpWork(pool: kit.requestPool, shelf: shelf, logger: kit.logger) }

    var findEngineers: FindEngineers { FindEngineers(pool: kit.requestPool, shelf: shelf) }

    var files: KeepFiles { KeepFiles(pool: kit.requestPool, outbox: kit.outbox) }

    var signing: SignVisit { SignVisit(lookUp: lookUp, runWork: runWork) }

    var sync: SyncPhone { SyncPhone(pool: kit.requestPool, runWork: runWork, signing: signing) }

    var changes: TellChanges { TellChanges(pool: kit.requestPool, lookUp: lookUp) }

    var tickOff: TickOffErrand { TickOffErrand(pool: kit.requestPool) }

    var processes: AdministerProcesses {
        AdministerProcesses(
            desk: PeopleDesk(pool: kit.requestPool, outbox: kit.outbox), shelf: shelf, keep: keep,
            logger: kit.logger)
    }

    var roles: KeepWorkRoles {
        KeepWorkRoles(desk: PeopleDesk(pool: kit.requestPool, outbox: kit.outbox), shelf: shelf)
    }

    var timers: Timers {
        let alarm = OnWorkAlarm(shelf: shelf, keep: keep, logger: kit.logger)
        let threshold = OnClockThreshold(shelf: shelf, keep: keep, logger: kit.logger)
        let recount = RecountClocks(clocks: keep.clocks)
        return Timers(
            schema: DispatcherService.schema, service: DispatcherService.name, pool: kit.workPool, outbox: kit.outbox,
            logger: kit.logger,
            handlers: [
                KeepWork.timer: { due, unit in try await alarm.fire(due, unit) },
                KeepClocks.timerKind: { due, unit in try await threshold.fire(due, unit) },
                RecountClocks.timerKind: { due, unit in try await recount.fire(due, unit) },
                ForgetFiles.timerKind: { due, unit in try await ForgetFiles().fire(due, unit) },
            ])
    }
}
