import Testing

@testable import PaidanTool
@testable import Postgres

/// A database remembers by checksum what was applied to it; one that was changed afterwards would stop every
/// installation at its next start.
@Suite struct `Migrations that were released` {
    /// SHA-256 by name; a release adds its own and changes none.
    private static let released = [
        "V000_messaging": "28ccc0b093b4ca401ce413f6d1118566ca96d39ffbf06e986830a784afed5ded",
        "V001_intake": "e3e4c5180f3a9a5a0d070aa727c41d77e6dbebfd05f5fc5c685a7fd038ba1f12",
        "V001_dispatch": "79768f15ee6f2600154f3cc4df62f0debe00033ea3ba3633510f2b774d954de6",
        "V001_notify": "7403dae7372fe1e2f3e32ab308ba429fa5f1eb38d5d6b77d2bcfa74345c287d6",
        "V001_followup": "d38a7ad70a50274a0f2ccb961ba985c7f043c29cb12c3e3c097bc5d458ae62fc",
        "V001_report": "a8bca2a17a12dadf911c33c90915082d1962dab54baeb2a0f334a17745b7db5e",
    ]

    @Test func `are there, byte for byte, in front of what is new`() {
        for part in Suite.services {
            let names = part.migrations.map(\.name)
            #expect(names == names.sorted(), "\(part.schema): in order")
            #expect(names.prefix(2) == ["V000_messaging", "V001_\(part.schema)"], "\(part.schema)")
        }
        for migration in Suite.services.flatMap(\.migrations) {
            guard let checksum = Self.released[migration.name] else { continue }
            #expect(migration.checksum == checksum, "\(migration.name) was changed: write a new one instead")
        }
    }
}
