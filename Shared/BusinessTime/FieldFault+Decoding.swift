public import Kernel

extension FieldFault {
    /// Where a file of settings broke off while it was decoded, as a JSON pointer.
    ///
    /// - Parameter otherwise: what to say of an error that names no place.
    public init(decoding error: any Error, otherwise: String) {
        let context: DecodingError.Context? =
            switch error as? DecodingError {
            case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context): context
            case .keyNotFound(let key, let context):
                .init(codingPath: context.codingPath + [key], debugDescription: "this field is needed")
            default: nil
            }
        let path = context?.codingPath.map { "/" + ($0.intValue.map(String.init) ?? $0.stringValue) }.joined()
        self.init(field: path ?? "", code: "malformed", message: context?.debugDescription ?? otherwise)
    }
}
