export { type Bridge, type BridgeOptions, createBridge, type Failure } from "./handler.js";
export { type OpenApiInfo, openApiDocument } from "./openapi/document.js";
export { BODY_LIMIT_BYTES } from "./read.js";
export { type Endpoint, originForm, pathOf, type Route, wireOf } from "./routes.js";
