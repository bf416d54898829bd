import DispatcherDomain
import Foundation
import Kernel

/// Files that somebody names, read with bounds: they may come from anywhere.
enum ProcessFiles {
    static let mostFiles = 500
    private static let deepest = 8

    /// At most one byte more than a definition may have, so that a larger one is told from it. `-` is standard input.
    ///
    /// - Throws: ``Complaint`` when it cannot be read or is no file: a device or a pipe might never end.
    static func bytes(_ path: String, longest: Int = DefinitionText.longest) throws -> [UInt8] {
        let handle: FileHandle
        if path == "-" {
            handle = .standardInput
        } else {
            guard isRegular(path) else {
                throw Complaint(
                    FileManager.default.fileExists(atPath: path)
                        ? "\(path) is not a file." : "There is no file \(path).")
            }
            guard let opened = FileHandle(forReadingAtPath: path) else { throw Complaint("\(path) cannot be read.") }
            handle = opened
        }
        var bytes: [UInt8] = []
        while bytes.count <= longest, let part = try handle.read(upToCount: longest + 1 - bytes.count), !part.isEmpty {
            bytes += part
        }
        return bytes
    }

    static func text(_ path: String) throws -> String {
        do {
            return try DefinitionText.text(of: bytes(path))
        } catch let invalid as InvalidDefinition {
            throw Complaint("\(path): \(invalid.faults.first?.words.en ?? "unreadable").")
        }
    }

    /// Files as they are, of a folder its `.yaml` and `.yml` files and those of the folders in it, in alphabetical
    /// order. Links to folders are not followed.
    ///
    /// - Throws: ``Complaint`` when there are none or more than ``mostFiles``.
    static func expand(_ arguments: [String]) throws -> [String] {
        var paths: [String] = []
        for argument in arguments {
            if isFolder(argument) {
                let found = try definitions(in: argument, depth: 1)
                if found.isEmpty { throw Complaint("There are no .yaml files in \(argument).") }
                paths += found
            } else {
                paths.append(argument)
            }
            guard paths.count <= mostFiles else { throw Complaint("At most \(mostFiles) files at a time.") }
        }
        return paths
    }

    private static func definitions(in folder: String, depth: Int) throws -> [String] {
        guard depth <= deepest else { throw Complaint("\(folder) lies more than \(deepest) folders deep.") }
        var found: [String] = []
        for name in try FileManager.default.contentsOfDirectory(atPath: folder).sorted() where !name.hasPrefix(".") {
            let path = (folder as NSString).appendingPathComponent(name)
            if isFolder(path), !isLink(path) {
                found += try definitions(in: path, depth: depth + 1)
            } else if name.hasSuffix(".yaml") || name.hasSuffix(".yml") {
                found.append(path)
            }
            if found.count > mostFiles { break }
        }
        return found
    }

    private static func isFolder(_ path: String) -> Bool {
        kind(URL(filePath: path).resolvingSymlinksInPath().path) == .typeDirectory
    }
    private static func isRegular(_ path: String) -> Bool {
        kind(URL(filePath: path).resolvingSymlinksInPath().path) == .typeRegular
    }
    private static func isLink(_ path: String) -> Bool { kind(path) == .typeSymbolicLink }

    private static func kind(_ path: String) -> FileAttributeType? {
        // What has no attributes is not there.
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        return attributes?[.type] as? FileAttributeType
    }
}
