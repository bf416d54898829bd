import Hummingbird
import NIOCore
import ServiceKit

/// `/api/dispatch/v1/openapi.yaml`: the description of this API, as it was when the program was built.
struct OpenAPIRoute: Sendable {
    func add(to routes: RouterGroup<RequestScope>) {
        routes.get("openapi.yaml") { _, _ in
            Response(
                status: .ok, headers: [.contentType: "application/yaml", .cacheControl: "public, max-age=300"],
                body: ResponseBody(byteBuffer: ByteBuffer(bytes: PackageResources.openapi_yaml)))
        }
    }
}
